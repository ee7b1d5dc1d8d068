/**
 * Owns what the console makes of the store's views: the verdict on each, and the history of problems and changes, joined to the view
 * that panes are drawn from. What did not change keeps its identity.
 */
import { type AssessedProblem, type Assessment, assess } from '../../cluster/health.ts';
import { type Cluster, KINDS } from '../../cluster/model.ts';
import type { ClusterView, PaneState } from '../../cluster/store-contract.ts';
import { type Happening, type History, NO_HISTORY, noteProblems, noteRowChanges } from './history.ts';
import type { ConsoleView } from './pane-id.ts';
import type { AnyRow, Panes } from './panes.ts';

/** A value with what it was made from. */
interface Made<Value> {
  readonly from: readonly unknown[];
  readonly value: Value;
}

const isFrom = (made: Made<unknown> | null, from: readonly unknown[]): boolean =>
  made !== null && made.from.length === from.length && made.from.every((part, i) => part === from[i]);

export class Noticed {
  readonly #cluster: Cluster;
  readonly #panes: Pick<Panes, 'noteChanges'>;
  #history: History = NO_HISTORY;
  /** The problems that are in the history already. */
  #noted: readonly AssessedProblem[] | null = null;
  #assessed: Made<Assessment> | null = null;
  #joined: Made<ConsoleView> | null = null;

  constructor(cluster: Cluster, panes: Pick<Panes, 'noteChanges'>) {
    this.#cluster = cluster;
    this.#panes = panes;
  }

  /** What the store knows, with what was noticed of it by `now`. */
  view(cluster: ClusterView, now: number): ConsoleView {
    const { problems } = this.assess(cluster);
    let history = this.#history;
    for (const kind of KINDS) {
      const news = this.#panes.noteChanges(kind, cluster[kind] as PaneState<readonly AnyRow[]>, now);
      history = noteRowChanges(history, news, now);
    }
    if (problems !== this.#noted) history = noteProblems(history, problems, now);
    this.#noted = problems;
    this.#history = history;
    const known = KINDS.flatMap((kind) => {
      const pane = cluster[kind];
      return pane.status === 'live' || pane.status === 'stale' ? [pane.asOf] : [];
    });
    // As old as the oldest of what it was made from.
    const asOf = known.length === 0 ? null : Math.min(...known);
    const from = [cluster, history.list, asOf];
    if (!isFrom(this.#joined, from)) {
      const overview: PaneState<readonly Happening[]> =
        asOf === null && problems.length === 0
          ? { status: 'loading' }
          : { status: 'live', data: history.list, asOf: asOf ?? now };
      this.#joined = { from, value: { ...cluster, overview } };
    }
    return this.#joined!.value;
  }

  /** Health and problems of a view, judged once for each; its age does not matter. */
  assess(view: ClusterView): Assessment {
    const from = [view.connection, view.etcd, ...KINDS.flatMap((kind) => judged(view[kind]))];
    if (!isFrom(this.#assessed, from)) this.#assessed = { from, value: assess(view, this.#cluster) };
    return this.#assessed!.value;
  }
}

/** What the verdict on a pane depends on. */
const judged = (pane: PaneState<unknown>): readonly unknown[] => [
  pane.status,
  'data' in pane ? pane.data : null,
  'error' in pane ? pane.error : null,
];
