/** Owns `kubecore pods|services|controllers|minions`: kubecfg's verbs, run on the master, and what they answered. */
import { EXIT, inputError, KubecoreError } from '../../cluster/errors.ts';
import {
  type KubeKind,
  kube,
  timeoutOf,
  KUBE_WORDS as WORDS,
  type KubeWords as Words,
} from '../../cluster/kube-acts.ts';
import type { RowOf } from '../../cluster/model.ts';
import type { Shell } from '../../cluster/ports.ts';
import { type RollEvent, rollController } from '../../cluster/rolling-update.ts';
import * as kubecfg from '../../cluster/tools/kubecfg.ts';
import { decode, unreadable } from '../../cluster/tools/output.ts';
import { type Target, withTarget } from '../attach.ts';
import type { Run } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { lookOf } from '../look.ts';
import { each, tell } from '../outcome.ts';
import { confirm } from '../prompt.ts';
import { kindTable } from '../status-text.ts';
import { didYouMean } from '../suggest.ts';
import { systemClock } from '../system.ts';
import { readManifests } from './kube-files.ts';

/** The target, which must have a Kubernetes to ask: a fleet or a single machine runs none. */
function withKubernetes<T>(context: Context, work: (target: Target) => Promise<T>): Promise<T> {
  return withTarget(context, undefined, (target) => {
    const { name, blueprint } = target.cluster;
    if (blueprint !== 'kubernetes')
      throw inputError(
        `"${name}" has no Kubernetes`,
        `it was launched as ${blueprint}`,
        blueprint === 'fleet'
          ? 'what runs on it are units: kubecore unit list'
          : 'run a container on it: kubecore run IMAGE',
      );
    return work(target);
  });
}

async function rowsOf<K extends KubeKind>(
  shell: Shell,
  kind: K,
  signal: AbortSignal,
  selector?: string,
): Promise<readonly RowOf[K][]> {
  const { resource, read, one } = WORDS[kind] as Words<K>;
  const [program = '', ...rest] = kubecfg.listArgv(resource);
  const argv = selector === undefined ? [program, ...rest] : [program, '-l', selector, ...rest];
  const result = await kube(shell, `the ${one}s could not be listed`, argv, {
    signal,
    timeoutMs: timeoutOf(kind),
  });
  return read(result.stdout);
}

/** An error that says "not found" becomes one with the nearest name. */
async function withNearest(
  shell: Shell,
  kind: KubeKind,
  name: string,
  signal: AbortSignal,
  thrown: unknown,
): Promise<unknown> {
  if (!(thrown instanceof KubecoreError) || thrown.code !== 'ApiFailed') return thrown;
  if (!/not found|does not exist/.test(thrown.why)) return thrown;
  const names = (await rowsOf(shell, kind, signal).catch(() => [])).map((row) => row.name);
  return inputError(
    `there is no ${WORDS[kind].one} "${name}"`,
    thrown.why,
    names.length === 0
      ? `there are no ${WORDS[kind].one}s at all`
      : didYouMean(name, names, `kubecore ${kind} list shows all`),
  );
}

/** An API server that does not understand the labels was given bad input: nothing is wrong with it. */
function wrongSelector(selector: string | undefined, thrown: unknown): KubecoreError | null {
  if (selector === undefined || !(thrown instanceof KubecoreError)) return null;
  return thrown.why.startsWith('invalid selector')
    ? inputError(
        `--selector ${oneLine(selector)} cannot be used`,
        thrown.why,
        'write LABEL=VALUE or LABEL!=VALUE, several with commas: name=web,tier=front',
      )
    : null;
}

export const list =
  (kind: KubeKind): Run =>
  (context, _args, flags) =>
    withKubernetes(context, async ({ shell, flags: same }) => {
      const { io, guards } = context;
      const selector = typeof flags.selector === 'string' ? flags.selector : undefined;
      const rows = await rowsOf(shell, kind, guards.signal, selector).catch((thrown) => {
        throw wrongSelector(selector, thrown) ?? thrown;
      });
      if (io.format !== 'text') await io.document(rows);
      else if (rows.length > 0) await io.out(kindTable(kind, rows as never, lookOf(io, systemClock.now())));
      else
        io.note(
          selector === undefined
            ? `there are no ${WORDS[kind].one}s; create one: ${[`kubecore ${kind} create FILE`, ...same].join(' ')}`
            : `no ${WORDS[kind].one} has the labels ${selector}`,
        );
      return EXIT.done;
    });

export const get =
  (kind: KubeKind): Run =>
  (context, args) =>
    withKubernetes(context, async ({ shell }) => {
      const { io, guards } = context;
      const [name = ''] = args;
      const { resource, one, read } = WORDS[kind];
      const result = await kube(
        shell,
        `the ${one} "${name}" could not be read`,
        kubecfg.getArgv(resource, checkedName(kind, name)),
        { signal: guards.signal, timeoutMs: timeoutOf(kind) },
      ).catch(async (thrown) => {
        throw await withNearest(shell, kind, name, guards.signal, thrown);
      });
      const object = objectOf(result.stdout);
      if (io.format !== 'text') await io.document(object);
      else {
        const asList = { kind: `${WORDS[kind].kind}List`, items: [object] };
        await io.out(
          kindTable(
            kind,
            read(new TextEncoder().encode(JSON.stringify(asList))) as never,
            lookOf(io, systemClock.now()),
          ),
        );
      }
      return EXIT.done;
    });

function objectOf(stdout: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(decode(stdout));
  } catch (error) {
    throw unreadable('kubecfg', error instanceof Error ? error.message : String(error));
  }
}

/** kubecfg parts its target at slashes. */
function checkedName(kind: KubeKind, name: string): string {
  if (/^[^\s/-][^\s/]*$/.test(name)) return name;
  throw inputError(
    `"${name}" is not the name of a ${WORDS[kind].one}`,
    'a name has no blanks, no slashes and does not begin with a hyphen',
    `kubecore ${kind} list shows the names`,
  );
}

export const create =
  (kind: KubeKind): Run =>
  async (context, args) => {
    const { resource, one, kind: word } = WORDS[kind];
    const manifests = await readManifests(context, args, { kind: word, verb: `kubecore ${kind} create` });
    return withKubernetes(context, async ({ shell }) => {
      const [program = '', ...rest] = kubecfg.createArgv(resource);
      const outcomes = await each(context, manifests, async ({ name, bytes }) => {
        const result = await kube(
          shell,
          `the ${one} of ${name} was not created`,
          [program, '-json', ...rest],
          {
            stdin: bytes,
            signal: context.guards.signal,
            timeoutMs: 60_000,
          },
        );
        const object = objectOf(result.stdout);
        return { text: `created the ${one} ${String(object.id)}`, fields: { id: object.id, object } };
      });
      return tell(context, outcomes);
    });
  };

export const remove =
  (kind: KubeKind): Run =>
  async (context, args, flags) => {
    const { resource, one } = WORDS[kind];
    const names = [...new Set(args)].map((name) => checkedName(kind, name));
    if (!(await agreed(context, flags, kind, names))) return EXIT.bad;
    return withKubernetes(context, async ({ shell }) => {
      const { signal } = context.guards;
      const outcomes = await each(
        context,
        names.map((name) => ({ name })),
        async ({ name }) => {
          await kube(shell, `the ${one} "${name}" was not deleted`, kubecfg.deleteArgv(resource, name), {
            signal,
            timeoutMs: 60_000,
          }).catch(async (thrown) => {
            throw await withNearest(shell, kind, name, signal, thrown);
          });
          return { text: `deleted the ${one} ${name}` };
        },
      );
      return tell(context, outcomes);
    });
  };

async function agreed(
  context: Context,
  flags: Readonly<Record<string, unknown>>,
  kind: KubeKind,
  names: readonly string[],
): Promise<boolean> {
  if (flags.yes === true) return true;
  if (!context.io.interactive)
    throw inputError(
      `kubecore ${kind} delete does not delete without a yes`,
      context.io.nobody,
      'give --yes',
    );
  const note = kind === 'controllers' ? ' Their pods go on running.' : '';
  const question = `Delete the ${WORDS[kind].one}${names.length === 1 ? '' : 's'} ${names.join(', ')}?${note} (yes/no) `;
  if (await confirm(context, question)) return true;
  context.io.note('nothing was deleted');
  return false;
}

export const resize: Run = (context, args) => {
  const [name = '', text = ''] = args;
  checkedName('controllers', name);
  const replicas = wholeNumber('the number of replicas', text, 0, 10_000);
  return withKubernetes(context, async ({ shell }) => {
    const { signal } = context.guards;
    const outcomes = await each(context, [{ name }], async () => {
      await kube(
        shell,
        `the replication controller "${name}" was not resized`,
        kubecfg.resizeArgv(name, replicas),
        { signal, timeoutMs: 60_000 },
      ).catch(async (thrown) => {
        throw await withNearest(shell, 'controllers', name, signal, thrown);
      });
      return {
        text: `${name} keeps ${replicas} pod${replicas === 1 ? '' : 's'} running`,
        fields: { replicas },
      };
    });
    return tell(context, outcomes);
  });
};

/** The template gets the image, then its pods are deleted one by one, a period between; stopped when a new one does not run. */
export const update: Run = (context, args, flags) => {
  const [name = ''] = args;
  checkedName('controllers', name);
  const image = String(flags.image);
  const period = wholeNumber('--period', String(flags.period), 0, 86_400);
  return withKubernetes(context, async ({ shell, flags: same }) => {
    const { signal } = context.guards;
    const outcomes = await each(context, [{ name }], async () => {
      let refused: KubecoreError | null = null;
      try {
        for await (const event of rollController({
          shell,
          name,
          image,
          period,
          clock: systemClock,
          signal,
        })) {
          if (event.type === 'started' && event.replicas > 0)
            context.io.note(
              `updating ${event.replicas} pod${event.replicas === 1 ? '' : 's'} of ${name}, ${period} s apart: about ${event.replicas * period} s`,
            );
          if (event.type === 'progress')
            context.io.note(`${event.renewed} of ${event.of} pods are new, ${event.running} of them run`);
          if (event.type === 'unhealthy') refused = unhealthy(name, image, event, same);
        }
      } catch (thrown) {
        throw await withNearest(shell, 'controllers', name, signal, thrown);
      }
      if (refused) throw refused;
      return { text: `${name} runs ${image}`, fields: { image } };
    });
    return tell(context, outcomes);
  });
};

/** The new image does not run: what stands, and the way back. */
function unhealthy(
  name: string,
  image: string,
  event: Extract<RollEvent, { type: 'unhealthy' }>,
  flags: readonly string[],
): KubecoreError {
  return new KubecoreError({
    what: `the update of ${name} to ${image} was stopped`,
    why: event.why,
    next: `the way back: ${['kubecore controllers update', name, '--image', event.from, ...flags].join(' ')}`,
    fault: 'cluster',
    code: 'RollUnhealthy',
  });
}

function wholeNumber(what: string, text: string, min: number, max: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < min || Number(text) > max)
    throw inputError(
      `${what} cannot be "${text}"`,
      `it is a whole number from ${min} to ${max}`,
      `give a number such as ${Math.max(min, 2)}`,
    );
  return Number(text);
}
