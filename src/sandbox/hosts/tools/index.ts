/**
 * Owns the list of commands that a host's shell knows besides fleetctl and kubecfg, which the registry's tools bring.
 */
import type { Tool } from '../../contract.ts';
import type { SessionTool } from '../shell/session.ts';
import { curl } from './curl.ts';
import { docker } from './docker.ts';
import { etcdctl } from './etcdctl.ts';
import { journalctl } from './journalctl.ts';
import { SYSTEM_TOOLS } from './system.ts';
import { systemctl } from './systemctl.ts';
import { TEXT_TOOLS } from './text.ts';

/** All commands by name; `registry` are fleetctl and kubecfg. */
export function hostTools(registry: Readonly<Record<string, Tool>>): Record<string, Tool | SessionTool> {
  return {
    ...SYSTEM_TOOLS,
    ...TEXT_TOOLS,
    journalctl,
    systemctl,
    docker,
    etcdctl,
    curl,
    ...registry,
  };
}
