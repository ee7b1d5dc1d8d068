/** Owns the way from rows to their logs: units, whole journals of nodes, containers of pods; several of them as one. */

import { asKubecoreError } from '../../cluster/errors.ts';
import type { Kind, Pod, Unit } from '../../cluster/model.ts';
import { containersOfPod, lookAtContainers } from '../../cluster/sources.ts';
import { nodeOf } from '../../cluster/tail.ts';
import type { ConsoleModel } from './model.ts';
import type { LogTarget, NodeTarget } from './state.ts';
import { logTarget, nodeOfPod, unitOf } from './targets.ts';

/** What the logs of several rows are called together. */
function together(targets: readonly LogTarget[]): LogTarget {
  const [first] = targets;
  if (first && targets.length === 1) return first;
  const sources = targets.flatMap((target) => target.sources);
  const isWhole = sources.every(({ unit }) => unit === null);
  const all = [...new Set(sources.map(({ unit, ip }) => (isWhole ? (ip ?? 'master') : (unit ?? 'journal'))))];
  const names = all.length > 3 ? [...all.slice(0, 2), `${all.length - 2} more`] : all;
  return {
    label: `${sources.length} ${isWhole ? 'whole journals' : 'logs'}: ${names.join(', ')}`,
    sources,
    moving: [...new Set(targets.flatMap((target) => target.moving))],
  };
}

/** Opens the logs of rows; says why when there are none. One node alone has its units chosen from. */
export function openLogs(model: ConsoleModel, kind: Kind, rows: readonly unknown[]): void {
  if (kind === 'pods') {
    void openPodLogs(model, rows as readonly Pod[]);
    return;
  }
  const { view, now } = model.moment();
  const context = model.panes.context(view, now);
  const { cluster } = model.options.session;
  const found = rows.map((row) => logTarget(kind, row, context, cluster));
  const [only] = found;
  if (found.length === 1 && only?.type === 'node') {
    model.askUnits(only.node);
    return;
  }
  const targets = found.flatMap((one): LogTarget[] => {
    if (one.type === 'log') return [one.target];
    return one.type === 'node' ? [unitOf(one.node, null)] : [];
  });
  if (targets.length > 0) model.openLog(together(moving(targets, kind, rows)));
  else if (only?.type === 'none') model.dispatch({ type: 'notice', text: only.why, tone: 'warn' });
}

/** Units that fleet placed once may be placed elsewhere: their logs follow them. */
function moving(targets: readonly LogTarget[], kind: Kind, rows: readonly unknown[]): readonly LogTarget[] {
  if (kind !== 'units') return targets;
  const placed = (rows as readonly Unit[]).filter(({ source }) => source === 'fleet').map(({ name }) => name);
  return targets.map((target) => ({
    ...target,
    moving: target.sources.flatMap(({ unit }) => (unit !== null && placed.includes(unit) ? [unit] : [])),
  }));
}

/** Docker is asked which containers the pods have, each on its node. */
async function openPodLogs(model: ConsoleModel, pods: readonly Pod[]): Promise<void> {
  const { shell, cluster } = model.options.session;
  const { view, now } = model.moment();
  const context = model.panes.context(view, now);
  const placed = pods.flatMap((pod) => {
    const node = nodeOfPod(pod, context, cluster);
    return node === null ? [] : [{ pod, node }];
  });
  const [first] = placed;
  if (!first) {
    const text = `${pods[0]?.name ?? 'it'} is on no minion yet, so it has no log to follow`;
    model.dispatch({ type: 'notice', text, tone: 'warn' });
    return;
  }
  const names = placed.length === 1 ? first.pod.name : `${placed.length} pods`;
  model.dispatch({ type: 'notice', text: `asking docker for the containers of ${names} …`, tone: 'accent' });
  try {
    const found = await Promise.all(
      placed.map(async ({ pod, node }): Promise<LogTarget> => {
        const rows = await lookAtContainers(shell, nodeOf(node.ip, cluster.master?.privateAddress));
        const sources = containersOfPod(rows, pod.name).map(({ id, container }) => ({
          unit: `${pod.name}/${container}`,
          machineId: node.machineId,
          ip: node.ip,
          container: id,
        }));
        return { label: `pod ${pod.name} @ ${node.label}`, sources, moving: [] };
      }),
    );
    const targets = found.filter(({ sources }) => sources.length > 0);
    model.dispatch({ type: 'dismiss' });
    if (targets.length > 0) model.openLog(together(targets));
    else {
      model.dispatch({ type: 'notice', text: `docker has no container of ${names} yet`, tone: 'warn' });
      model.askUnits(first.node);
    }
  } catch (thrown) {
    const { what, why } = asKubecoreError(thrown);
    model.dispatch({ type: 'notice', text: `${what}: ${why}`, tone: 'bad' });
  }
}

/** The log of one container of a node. */
export function containerOf(node: NodeTarget, id: string, name: string): LogTarget {
  return {
    label: `container ${name} @ ${node.label}`,
    sources: [{ unit: name, machineId: node.machineId, ip: node.ip, container: id }],
    moving: [],
  };
}
