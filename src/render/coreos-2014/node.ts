/** Owns what decides the text of a node's files, beside its role: the form they are written in, mirrors, updates. */
import { BINARY_SOURCES, type BinarySources, binarySources } from '../../cluster/binaries.ts';
import { DEFAULTS, type Parameters } from '../../cluster/parameters.ts';
import type { UpdatePolicy } from './update.ts';

/** `published` is the article's to the letter; `default` leaves out its three slips (kube-download.ts, docker.ts). */
export type Form = 'default' | 'published';

export interface NodeChoices {
  readonly form: Form;
  readonly sources: BinarySources;
  readonly policy: UpdatePolicy;
}

export const PUBLISHED: NodeChoices = { form: 'published', sources: BINARY_SOURCES, policy: DEFAULTS };

export function nodeChoices(
  parameters: Pick<Parameters, 'binariesUrl' | 'updateGroup' | 'rebootStrategy'>,
  form: Form,
): NodeChoices {
  return { form, sources: binarySources(parameters.binariesUrl), policy: parameters };
}
