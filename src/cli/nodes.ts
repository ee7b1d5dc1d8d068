/** Owns naming a node on the command line: a role, an address, or the beginning of a machine id. */
import { inputError } from '../cluster/errors.ts';
import type { Role } from '../cluster/model.ts';

/** As much of a node as its names need. */
export interface NamedNode {
  readonly id: string;
  readonly ip: string;
  readonly role: Role | null;
}

/**
 * The node that `text` names.
 * @throws KubecoreError (input) when none does, or several
 */
export function nodeNamed<T extends NamedNode>(text: string, nodes: readonly T[]): T {
  const matching = nodes.filter(
    ({ id, ip, role }) => ip === text || role === text || (text.length >= 2 && id.startsWith(text)),
  );
  const [only, ...others] = matching;
  const told = (some: readonly T[]): string =>
    some.map(({ id, ip, role }) => `${id.slice(0, 8)} ${ip}${role ? ` (${role})` : ''}`).join(', ');
  if (!only)
    throw inputError(
      `there is no machine "${text}"`,
      nodes.length === 0 ? 'fleet lists none' : `fleet lists ${told(nodes)}`,
      'name one by its id, its address or its role',
    );
  if (others.length > 0)
    throw inputError(
      `"${text}" names ${matching.length} machines`,
      told(matching),
      'give more of the id, or the address',
    );
  return only;
}
