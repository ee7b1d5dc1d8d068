/**
 * Owns the list of commands that a host's shell knows besides fleetctl and kubecfg, which the registry's tools bring.
 */
import type { Tool } from '../../contract.ts';
import type { SessionTool } from '../shell/session.ts';
import { curl } from './curl.ts';
import { docker } from './docker.ts';
import { etcdctl } from './etcdctl.ts';
import { FILE_TOOLS } from './file-tools.ts';
import { journalctl } from './journalctl.ts';
import { PROCESS_TOOLS } from './process-tools.ts';
import { SEARCH_TOOLS } from './search.ts';
import { SYSTEM_TOOLS } from './system.ts';
import { systemctl } from './systemctl.ts';
import { TEXT_TOOLS } from './text.ts';

/** All commands by name; `registry` are fleetctl and kubecfg. */
export function hostTools(registry: Readonly<Record<string, Tool>>): Record<string, Tool | SessionTool> {
  return {
    ...SYSTEM_TOOLS,
    ...FILE_TOOLS,
    ...PROCESS_TOOLS,
    ...SEARCH_TOOLS,
    ...TEXT_TOOLS,
    journalctl,
    systemctl,
    docker,
    etcdctl,
    curl,
    ...registry,
  };
}
