/** Owns the table of simulated cluster tools by the name they are called with. */
import type { Tool } from '../contract.ts';
import { fleetctl } from './fleetctl/index.ts';
import { kubecfg } from './kubecfg/index.ts';

export const registryTools: Record<string, Tool> = { fleetctl, kubecfg };
