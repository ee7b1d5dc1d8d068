/** Owns the preflight of a command: what it is run with, and how its checks are told as lines. */
import { EXIT } from '../cluster/errors.ts';
import type { Parameters } from '../cluster/parameters.ts';
import { runPreflight } from '../cluster/preflight.ts';
import { CHECK_TITLE, type Check, type CheckState, type Findings } from '../cluster/preflight-contract.ts';
import { outgoing } from '../render/outgoing.ts';
import { wrapWords } from '../ui/terminal/cells.ts';
import type { ChosenBackend } from './backend.ts';
import type { Context } from './context.ts';
import { type Io, oneLine } from './io.ts';
import { systemClock } from './system.ts';

/** The checks before a launch of `parameters`, each told as it answers. Creates nothing. */
export function preflightOf(
  context: Context,
  backend: ChosenBackend,
  parameters: Parameters,
  tell?: (check: Check) => void,
): Promise<Findings> {
  return runPreflight(
    {
      cloud: backend.cloud,
      parameters,
      outgoing: outgoing(parameters, backend.region),
      clock: systemClock,
      findKey: (pair) => backend.local.findPrivateKey(pair, context.options.identity),
      makesKeyPair: backend.kind === 'sandbox',
      flags: backend.flags,
      signal: context.guards.signal,
    },
    tell,
  );
}

/** The exit code of a preflight: 1 for a failed check; without an account, what kept it from being found. */
export function preflightExit(checks: readonly Check[]): number {
  const failed = checks.filter(({ state }) => state === 'failed');
  const account = failed.find(({ check }) => check === 'identity')?.error;
  return account?.exitCode ?? (failed.length > 0 ? EXIT.bad : EXIT.done);
}

const STATE_WORD: Readonly<Record<CheckState, string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  unchecked: 'not checked',
};

const STATE_COLOR: Readonly<Record<CheckState, number>> = { ok: 32, warning: 33, failed: 31, unchecked: 36 };

/** A check under its title: those of the preflight, and what a command looks at beside them. */
export interface TellableCheck extends Omit<Check, 'check'> {
  readonly check: string;
  readonly title: string;
}

export const titled = (check: Check): TellableCheck => ({ ...check, title: CHECK_TITLE[check.check] });

/** Cells before what was found: the state's word and the title. */
const COLUMN = 26;

/** A check as a line, its remedy as a second one; on a terminal both are broken between words. */
export function checkLines(
  { title, state, found, next }: TellableCheck,
  { color, stdoutIsTTY, columns }: Pick<Io, 'color' | 'stdoutIsTTY' | 'columns'>,
): string {
  const word = STATE_WORD[state].padEnd(11);
  const shown = color ? `\x1b[${STATE_COLOR[state]}m${word}\x1b[39m` : word;
  const wrapped = (text: string): string =>
    (stdoutIsTTY ? wrapWords(oneLine(text), Math.max(20, columns - COLUMN)) : [oneLine(text)]).join(
      `\n${' '.repeat(COLUMN)}`,
    );
  return [
    `${shown}  ${title.padEnd(COLUMN - 13)}${wrapped(found)}`,
    ...(next === null ? [] : [`${'next:'.padStart(COLUMN - 1)} ${wrapped(next)}`]),
  ].join('\n');
}

/** `11 checks ok, 1 warning, 1 not checked`. */
export function tally(checks: readonly Pick<Check, 'state'>[]): string {
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const parts = [
    [count('ok'), count('ok') === 1 ? 'check ok' : 'checks ok'],
    [count('warning'), count('warning') === 1 ? 'warning' : 'warnings'],
    [count('failed'), 'failed'],
    [count('unchecked'), 'not checked'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
}
