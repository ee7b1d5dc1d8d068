/** Owns what an act is: something done to the cluster, shown as the commands it will run before it is done. */
import type { Cluster, Kind, RowOf } from '../../../cluster/model.ts';
import type { Clock, Shell } from '../../../cluster/ports.ts';
import type { ClusterView } from '../../../cluster/store-contract.ts';
import type { Hands } from '../../hands.ts';
import type { Tone } from '../../theme.ts';
import { quoted } from '../../wizard/words.ts';

/** What an act is done with, and to. */
export interface ActScene {
  /** The pane in front; null where it is none of the cluster's kinds. */
  readonly kind: Kind | null;
  /** The marked rows of that pane, else the selected one. */
  readonly rows: readonly RowOf[Kind][];
  readonly view: ClusterView;
  readonly cluster: Cluster;
  readonly shell: Shell;
  readonly hands: Hands;
  readonly clock: Clock;
}

/** Something to be typed before it is clear what will be done. */
export interface Field {
  readonly key: string;
  readonly label: string;
  readonly initial: string;
  /** What Tab completes it to. */
  readonly complete?: 'path' | ((begin: string) => readonly string[]);
  /** What is wrong with a value; null when nothing is. */
  readonly check?: (value: string) => string | null;
}

export interface Said {
  readonly text: string;
  readonly tone: Tone;
}

/** Tells what is being done; a line with the same `place` replaces the last one. */
export type Report = (said: Said, place?: string) => void;

export interface ActEnd {
  readonly ok: boolean;
  /** What can be done about it: offered with a key. */
  readonly next?: { readonly label: string; readonly act: Act; readonly values: Values };
}

/** What will be done, before it is. */
export interface Plan {
  /** `Stop 2 units`. */
  readonly title: string;
  /** Asked before it is done; null: it changes nothing and is done at once. */
  readonly question: string | null;
  /** What else will come of it. */
  readonly warning?: string;
  /** More that should be seen before: the lines of a change. */
  readonly lines?: readonly Said[];
  /** Command lines as they will be run, each with its place: `master $ fleetctl stop a.service`. */
  readonly commands: readonly string[];
  /** The same as a command of ours, for a script; null when there is none. */
  readonly equivalent: string | null;
  /** Does it. What it throws is told as an error. */
  run(report: Report, signal: AbortSignal): Promise<ActEnd>;
}

export type Values = Readonly<Record<string, string>>;

export interface Act {
  /** Also its `:` command: `unit stop`. */
  readonly id: string;
  readonly label: string;
  readonly help: string;
  /** Does it change something? --read-only takes those away. */
  readonly changes: boolean;
  /** In whose pane's list it is; `all`: in each. */
  readonly kinds: readonly Kind[] | 'all';
  /** Why it cannot be done here; null when it can. */
  unfit(scene: ActScene): string | null;
  fields?(scene: ActScene): readonly Field[];
  /** What would be done. @throws KubecoreError: a file that cannot be read, a value that cannot be */
  prepare(scene: ActScene, values: Values, signal: AbortSignal): Promise<Plan>;
}

/** `master $ fleetctl stop a.service`. */
export const shownOn = (place: string, argv: readonly string[]): string =>
  `${place} $ ${argv.map(quoted).join(' ')}`;

/** `kubecore unit stop a.service --sandbox`. */
export const equivalent = ({ hands }: Pick<ActScene, 'hands'>, ...words: readonly string[]): string =>
  ['kubecore', ...words.map(quoted), ...hands.flags.map(quoted)].join(' ');

export const ok = (text: string): Said => ({ text, tone: 'ok' });
export const said = (text: string): Said => ({ text, tone: 'plain' });

/** Rows of one kind; empty in the pane of another. */
export const rowsOf = <K extends Kind>({ kind, rows }: ActScene, wanted: K): readonly RowOf[K][] =>
  kind === wanted ? (rows as readonly RowOf[K][]) : [];

/** `2 units`, `the unit a.service`. */
export function counted(names: readonly string[], one: string): string {
  return names.length === 1 ? `the ${one} ${names[0]}` : `${names.length} ${one}s`;
}

/** A check for a whole number of a field. */
export const wholeNumber =
  (min: number, max: number) =>
  (value: string): string | null =>
    /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? null
      : `a whole number from ${min} to ${max}`;

/** Takes a line apart as a shell does: blanks part words, quotes keep them together. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const [, single, double, escaped, plain, blank] of line.matchAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(\s+)/g,
  )) {
    if (blank !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '');
  }
  if (word !== null) words.push(word);
  return words;
}

export const noFile = (value: string): string | null => (value.trim() === '' ? 'the path of a file' : null);

export const nothingChosen = (one: string): string => `no ${one} is selected`;
