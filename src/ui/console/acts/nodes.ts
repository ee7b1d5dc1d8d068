/** Owns the acts on nodes and on the cluster as a whole: a shell, a container run there, the number of minions. */
import { asKubecoreError, KubecoreError } from '../../../cluster/errors.ts';
import type { Kind, Machine, Minion, Pod, Unit } from '../../../cluster/model.ts';
import { PARAMETERS } from '../../../cluster/parameters.ts';
import { MASTER, type NodeRef } from '../../../cluster/ports.ts';
import { endangersQuorum } from '../../../cluster/scale.ts';
import { decode, ending, nonEmptyLines } from '../../../cluster/tools/output.ts';
import { sanitise } from '../../sanitise.ts';
import { type Act, type ActScene, equivalent, ok, said, shownOn, wordsOf } from './act.ts';

export interface NodeOfRow {
  readonly node: NodeRef;
  readonly label: string;
}

/** The node that an address belongs to. */
export function nodeAt(ip: string, { cluster, view }: Pick<ActScene, 'cluster' | 'view'>): NodeOfRow {
  const known = view.machines.status === 'live' || view.machines.status === 'stale' ? view.machines.data : [];
  const isMaster =
    ip === cluster.master?.privateAddress || known.find((machine) => machine.ip === ip)?.role === 'master';
  return isMaster
    ? { node: MASTER, label: `master (${ip})` }
    : { node: { kind: 'node', address: ip }, label: ip };
}

/** The node that a row stands for or is on; null when it is on none. */
export function nodeOfRow(scene: ActScene): NodeOfRow | null {
  const [row] = scene.rows;
  if (row === undefined || scene.kind === null) return null;
  const addresses: { readonly [K in Kind]?: () => string | null } = {
    machines: () => (row as Machine).ip,
    units: () => (row as Unit).ip,
    minions: () => (row as Minion).name,
    pods: () => (row as Pod).host,
  };
  const ip = addresses[scene.kind]?.() ?? null;
  return ip === null || ip === '' ? null : nodeAt(ip, scene);
}

/** The selected row's node, else the master. */
const nodeFor = (scene: ActScene): NodeOfRow => nodeOfRow(scene) ?? { node: MASTER, label: 'master' };

const addressOf = ({ node }: NodeOfRow): string => (node.kind === 'master' ? 'master' : node.address);

export const shellAct: Act = {
  id: 'shell',
  label: 'shell',
  help: 'a shell on the node of the row, in this terminal; exit comes back',
  // What is typed there may change anything.
  changes: true,
  kinds: 'all',
  unfit: () => null,
  async prepare(scene) {
    const target = nodeFor(scene);
    return {
      title: `Shell on ${target.label}`,
      question: null,
      commands: [`ssh core@${addressOf(target)}`],
      equivalent: equivalent(scene, 'ssh', addressOf(target)),
      async run(report) {
        const title = `kubecore: a shell on ${target.label}; exit or ~. comes back to the console`;
        const { code, signal } = await scene.hands.terminal(target.node, { title });
        report(said(`the shell on ${target.label} has ended${code ? ` with ${code}` : (signal ?? '')}`));
        return { ok: true };
      },
    };
  },
};

const RUN_MS = 10 * 60_000;

const run: Act = {
  id: 'run',
  label: 'docker run',
  help: "a container on the node of the row, the article's hello at first",
  changes: true,
  kinds: 'all',
  unfit: () => null,
  fields: () => [
    {
      key: 'command',
      label: 'image and command',
      initial: "busybox /bin/echo 'hullo, world!'",
      check: (value) => (/^[a-z0-9]/i.test(value.trim()) ? null : 'the name of an image, then its command'),
    },
  ],
  async prepare(scene, values) {
    const target = nodeFor(scene);
    const words = wordsOf(values.command ?? '');
    const argv = ['docker', 'run', '--rm', ...words];
    const where = target.node.kind === 'master' ? 'master' : target.node.address;
    return {
      title: `Run ${words[0]} on ${target.label}`,
      question: `Run it on ${target.label}?`,
      commands: [shownOn(where, argv)],
      equivalent: equivalent(scene, 'run', where, ...words),
      async run(report, signal) {
        const options = {
          signal,
          timeoutMs: RUN_MS,
          maxBytes: 1024 * 1024,
          priority: 'interactive',
        } as const;
        const result = await scene.shell.run(target.node, argv, options);
        for (const line of nonEmptyLines(decode(result.stdout))) report(said(sanitise(line)));
        for (const line of nonEmptyLines(decode(result.stderr)))
          report({ text: sanitise(line), tone: 'dim' });
        if (result.code === 0) report(ok('it ended well'));
        else report({ text: `it ended with ${ending(result)}`, tone: 'bad' });
        return { ok: result.code === 0 };
      },
    };
  },
};

const size = PARAMETERS.find(({ key }) => key === 'clusterSize');

/** Minions that are there; what the cluster was launched with may have changed since. */
function minionsOf({ view, cluster }: ActScene): number {
  if (view.machines.status !== 'live' && view.machines.status !== 'stale') return cluster.size;
  const there = view.machines.data.filter(({ role, lostAt }) => role === 'minion' && lostAt === undefined);
  return there.length || cluster.size;
}

const scale: Act = {
  id: 'scale',
  label: 'scale the cluster',
  help: 'another number of minions',
  changes: true,
  kinds: ['machines', 'minions'],
  unfit({ hands, cluster }) {
    if (hands.scale === null) return 'nobody knows the stack behind a master that was named by --host';
    if (cluster.blueprint === 'single') return 'a single machine stays one';
    return cluster.blueprint === 'fleet'
      ? 'kubecore scale N does it, one machine after another, so that etcd keeps its majority'
      : null;
  },
  fields: (scene) => [
    {
      key: 'size',
      label: 'minions',
      initial: String(minionsOf(scene)),
      check(value) {
        const verdict = size?.check(value, {});
        return verdict?.ok === false ? `${verdict.why}: ${verdict.hint}` : null;
      },
    },
  ],
  async prepare(scene, values) {
    const wanted = Number(values.size);
    const before = minionsOf(scene);
    const { cluster, hands } = scene;
    const warning = endangersQuorum(before, wanted)
      ? 'With so many ending at once etcd can lose its quorum, and then nothing can be changed any more. Smaller steps keep it.'
      : wanted < before
        ? `${before - wanted} of the minions end, with what runs there. AWS chooses which.`
        : `${wanted - before} more instance${wanted - before === 1 ? '' : 's'}${hands.flags.includes('--sandbox') ? '' : '; AWS bills them'}.`;
    return {
      title: `Scale ${cluster.name} from ${before} to ${wanted} minions`,
      question: `Have ${wanted} minions?`,
      warning,
      commands: [`CloudFormation $ UpdateStack ${cluster.name} ClusterSize=${wanted}`],
      equivalent: ['kubecore', 'scale', String(wanted), ...hands.flags, '--yes'].join(' '),
      async run(report, signal) {
        if (hands.scale === null) return { ok: false };
        for await (const event of hands.scale(wanted, signal)) {
          switch (event.type) {
            case 'stack-started':
              report(said('the stack is being updated'), 'stack');
              break;
            case 'stack-event': {
              const { logicalId, status, reason } = event.event;
              report({ text: `${logicalId} ${status}${reason ? `: ${reason}` : ''}`, tone: 'dim' }, 'event');
              break;
            }
            case 'stack-done':
              report(said(`the stack is at ${event.status}`), 'stack');
              break;
            case 'step-progress':
            case 'step-done':
              report(said(event.detail), 'minions');
              break;
            case 'failed': {
              const { what, why, next, fault } = event.error;
              throw new KubecoreError({ what, why, next, fault, cause: asKubecoreError(event.error) });
            }
            case 'healthy':
              report(ok(`${cluster.name} has ${wanted} minions`));
          }
        }
        return { ok: true };
      },
    };
  },
};

export const NODE_ACTS: readonly Act[] = [shellAct, run, scale];
