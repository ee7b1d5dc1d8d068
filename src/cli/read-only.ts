/** Owns what --read-only refuses: commands that change something, or let a person do so. */
import type { Command } from 'commander';
import { inputError } from '../cluster/errors.ts';
import { commandPath } from './command-path.ts';
import type { GlobalOptions } from './context.ts';

const CHANGING = new Set(
  [
    ['kubecore', 'up', 'down', 'scale', 'run', 'ssh', 'change', 'keys create', 'keys import'],
    ['start', 'stop', 'load', 'unload', 'destroy', 'submit'].map((verb) => `unit ${verb}`),
    ['pods', 'services', 'controllers', 'minions'].flatMap((kind) =>
      ['create', 'delete', 'resize', 'update'].map((verb) => `${kind} ${verb}`),
    ),
    ['sandbox', 'sandbox fault', 'sandbox stop', 'sandbox reset'],
  ].flat(),
);

/** @throws KubecoreError (input) when --read-only was given and the command is one that changes something */
export function refuseChange(command: Command, { readOnly }: Pick<GlobalOptions, 'readOnly'>): void {
  const words = commandPath(command);
  if (!readOnly || !CHANGING.has(words)) return;
  throw inputError(
    `${words === 'kubecore' ? 'the guided setup' : `kubecore ${words}`} is refused`,
    'it can change something, and --read-only was given',
    'leave out --read-only, or look with kubecore status, logs, console or events',
  );
}
