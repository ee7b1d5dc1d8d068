/** Owns the tail of the cloud-config: which updates a node takes, and what it does after one. */
import type { Parameters } from '../../cluster/parameters.ts';
import type { Line } from '../lines.ts';

export type UpdatePolicy = Pick<Parameters, 'updateGroup' | 'rebootStrategy'>;

/** `off` stands bare, as published: it is the word off (YAML 1.2), not a boolean. */
export function updateLines(policy: UpdatePolicy): readonly Line[] {
  return ['  update:', `    group: ${policy.updateGroup}`, `    reboot-strategy: ${policy.rebootStrategy}`];
}
