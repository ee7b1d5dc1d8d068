/**
 * Owns a rolling update that is watched: kubecfg gives a replication controller's template another image and deletes its pods one
 * after another; it never looks whether what comes back runs. Here that is looked at, and the roll is stopped when it does not.
 */
import { asKubecoreError, inputError } from './errors.ts';
import { kube } from './kube-acts.ts';
import type { Pod } from './model.ts';
import type { Clock, Shell } from './ports.ts';
import { lookAtControllers, lookAtPods } from './sources.ts';
import { rollArgv } from './tools/kubecfg.ts';

export interface RollOptions {
  readonly shell: Shell;
  /** Of the replication controller. */
  readonly name: string;
  readonly image: string;
  /** Between two pods, seconds. */
  readonly period: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** A new pod that does not run after this time is not healthy. Default 90,000: its image may have to be pulled. */
  readonly patienceMs?: number;
  /** Between two looks. Default 2,000. */
  readonly lookMs?: number;
}

export type RollEvent =
  | { readonly type: 'started'; readonly from: string; readonly replicas: number }
  /** `renewed` pods have the new image, `running` of them run. */
  | { readonly type: 'progress'; readonly renewed: number; readonly running: number; readonly of: number }
  /** A new pod does not run: no further pods are replaced. The way back is a roll to `from`. */
  | { readonly type: 'unhealthy'; readonly from: string; readonly why: string }
  | { readonly type: 'done'; readonly from: string; readonly replicas: number };

/** All of them run in so many looks in a row: none ends right after it began. */
const STEADY_LOOKS = 2;

const matches = (labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

const runs = (pod: Pod): boolean =>
  pod.status === 'Running' && pod.containers.every(({ state }) => state === 'running');

/** Why a new pod will hardly come to run; null while it may. */
function trouble(pod: Pod, waitedMs: number, patienceMs: number): string | null {
  const ended = pod.containers.find(({ state, restarts }) => /^terminated/.test(state) || restarts > 0);
  if (ended)
    return `${pod.name}: container ${ended.name} is ${ended.state}${ended.restarts > 0 ? `, restarted ${ended.restarts} times` : ''}`;
  if (runs(pod) || waitedMs < patienceMs) return null;
  const waiting = pod.containers.find(({ state }) => state !== 'running');
  return `${pod.name} does not run after ${Math.round(waitedMs / 1000)} s: ${waiting ? `${waiting.name} is ${waiting.state}` : pod.status}`;
}

/**
 * Rolls a controller to another image and watches its pods until all of the new ones run. Aborting stops the roll where it is.
 * @throws KubecoreError: no such controller, what kubecfg refused
 */
export async function* rollController(options: RollOptions): AsyncGenerator<RollEvent> {
  const { shell, name, image, period, clock, signal, patienceMs = 90_000, lookMs = 2_000 } = options;
  const controllers = await lookAtControllers(shell, signal);
  const controller = controllers.find((found) => found.name === name);
  if (!controller)
    throw inputError(
      `there is no replication controller "${name}"`,
      controllers.length === 0
        ? 'there are none'
        : `there are ${controllers.map((one) => one.name).join(', ')}`,
      'kubecore controllers list shows them',
    );
  const [from = ''] = controller.images;
  const { replicas, selector } = controller;
  // Ended pods of an earlier try stay in the list: only what comes from now on is judged.
  const before = new Set((await lookAtPods(shell, signal)).map((pod) => pod.name));
  yield { type: 'started', from, replicas };

  const ending = new AbortController();
  const both = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
  let rolled = 'on its way' as 'on its way' | 'ended' | 'failed';
  let failure: unknown;
  // Each deletion is an operation of some seconds beside its period; at the end it waits a minute for the last pod.
  const timeoutMs = 120_000 + (replicas + 1) * (period + 10) * 1000;
  const roll = kube(
    shell,
    `the replication controller "${name}" was not updated`,
    rollArgv(name, image, period),
    {
      signal: both,
      timeoutMs,
    },
  ).then(
    () => {
      rolled = 'ended';
    },
    (error: unknown) => {
      rolled = 'failed';
      failure = error;
    },
  );
  const firstSeen = new Map<string, number>();
  let told = '';
  let steady = 0;
  try {
    for (;;) {
      if (rolled === 'failed') throw failure;
      const wasOver = rolled === 'ended';
      const pods = await lookAtPods(shell, signal).catch((thrown: unknown) => {
        // It may be busy; the roll goes on, and so does the watch.
        if (signal?.aborted) throw asKubecoreError(thrown);
        return null;
      });
      if (pods !== null) {
        const now = clock.now();
        const own = pods.filter((pod) => matches(pod.labels, selector));
        const made = own.filter((pod) => pod.images[0] === image && !before.has(pod.name));
        // On the way back those that never left the image run it already: kubecfg may come to them after a hundred dead ones.
        const kept = own.filter(
          (pod) => from !== image && pod.images[0] === image && before.has(pod.name) && runs(pod),
        );
        const fresh = [...kept, ...made];
        const left = own.filter((pod) => !fresh.includes(pod) && pod.status !== 'Terminated');
        for (const pod of made) if (!firstSeen.has(pod.name)) firstSeen.set(pod.name, now);
        const running = fresh.filter(runs).length;
        const text = `${fresh.length} ${running}`;
        if (text !== told) yield { type: 'progress', renewed: fresh.length, running, of: replicas };
        told = text;
        for (const pod of made) {
          const why = trouble(pod, now - (firstSeen.get(pod.name) ?? now), patienceMs);
          if (why === null) continue;
          ending.abort();
          yield { type: 'unhealthy', from, why };
          return;
        }
        // kubecfg goes on to delete pods that ended long ago: there is no need to wait for that.
        const isThere = running >= replicas && left.length === 0 && (wasOver || replicas > 0);
        steady = isThere ? steady + 1 : 0;
        if (steady >= STEADY_LOOKS) {
          yield { type: 'done', from, replicas };
          return;
        }
      }
      await clock.sleep(lookMs, signal);
    }
  } finally {
    ending.abort();
    await roll;
  }
}
