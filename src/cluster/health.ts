/** Owns the verdict on a cluster: one word, and what is wrong with why and what to do. Pure, from a view. */

import { nodesOf } from './identity.ts';
import type { Cluster, HealthWord, Kind, Machine, Minion, Pod, Problem, Unit } from './model.ts';
import { KEY_OF } from './row-key.ts';
import type { ClusterView, PaneState } from './store-contract.ts';

/** A problem, and the row that shows it. */
export interface AssessedProblem extends Problem {
  readonly about: { readonly kind: Kind; readonly key: string } | null;
}

export interface Assessment {
  readonly health: HealthWord;
  readonly problems: readonly AssessedProblem[];
}

interface Finding extends Problem {
  readonly about?: AssessedProblem['about'];
  /** Does the cluster do its work no more, or only less well? */
  readonly down: boolean;
}

type Pane<T> = PaneState<readonly T[]>;

const rowsOf = <T>(pane: Pane<T>): readonly T[] | null =>
  pane.status === 'live' || pane.status === 'stale' ? pane.data : null;
const errorOf = <T>(pane: Pane<T>) =>
  pane.status === 'stale' || pane.status === 'failed' ? pane.error : null;

/** `1 minion`, `2 minions`. */
const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

/** Panes that have not loaded yet say nothing: a view of which only some kinds were asked is judged by those. */
export function assess(view: ClusterView, cluster: Cluster): Assessment {
  const findings = [
    ...connection(view, cluster),
    ...quorum(view),
    ...fleet(view.machines, cluster),
    ...units(view.units, rowsOf(view.machines)),
    ...api(view),
    ...registration(view.minions, rowsOf(view.machines), cluster),
    ...pods(view),
  ];
  const health: HealthWord = findings.some(({ down }) => down)
    ? 'down'
    : findings.length > 0
      ? 'degraded'
      : 'healthy';
  return {
    health,
    problems: findings.map(({ what, why, next, about = null }) => ({ what, why, next, about })),
  };
}

/** Whom the connection leads to: without Kubernetes no machine is the master. */
const gateway = ({ blueprint }: Cluster): string =>
  blueprint === 'kubernetes' ? 'the master' : 'the machine';

function connection({ connection: state }: ClusterView, cluster: Cluster): Finding[] {
  if (state.phase === 'failed')
    return [
      {
        what: `${gateway(cluster)} cannot be reached`,
        why: state.error.why,
        next: state.error.next,
        down: true,
      },
    ];
  if (state.phase === 'reconnecting')
    return [
      {
        what: `the connection to ${gateway(cluster)} was lost`,
        why: state.why,
        next: 'it is tried again by itself',
        down: true,
      },
    ];
  return [];
}

function quorum({ etcd }: ClusterView): Finding[] {
  if (etcd === undefined || etcd.agrees) return [];
  return [
    {
      what: 'etcd has no quorum: what fleet and the API say is old',
      why: etcd.why,
      next: 'bring back a majority of its members: kubecore logs etcd.service',
      down: true,
    },
  ];
}

function fleet(pane: Pane<Machine>, cluster: Cluster): Finding[] {
  const error = errorOf(pane);
  if (error) {
    const quorum = error.code === 'EtcdUnreachable';
    const silent = cluster.blueprint === 'single' ? 'the machine does not answer' : 'fleet does not answer';
    return [
      {
        what: quorum ? `etcd has no quorum or does not run on ${gateway(cluster)}` : silent,
        why: error.why,
        next: error.next,
        down: true,
      },
    ];
  }
  const known = rowsOf(pane);
  if (known === null) return [];
  const machines = known.filter(({ lostAt }) => lostAt === undefined);
  const lost = known.filter(({ lostAt }) => lostAt !== undefined);
  // Where EC2 told of the others, a machine without an instance has lost its own.
  const told = machines.some(({ instanceId }) => instanceId !== null);
  const findings: Finding[] = machines
    .filter(
      ({ state, instanceId }) => (state !== null && state !== 'running') || (told && instanceId === null),
    )
    .map(({ ip, id, state, instanceId }) => ({
      about: { kind: 'machines', key: id },
      what: `machine ${ip || id} is ${state === 'pending' ? 'starting' : 'going away'}`,
      why:
        instanceId === null
          ? 'no instance has its address any more'
          : `its instance ${instanceId} is ${state}`,
      next:
        state === 'pending'
          ? 'wait until EC2 says that it runs'
          : cluster.blueprint === 'kubernetes'
            ? 'fleet drops it within 30 s, and its Auto Scaling group starts another in its place'
            : 'fleet drops it within 30 s; kubecore scale starts another in its place',
      down: false,
    }));
  // Attached by --host: nobody said how many machines there should be.
  if (cluster.stackId === null) return findings;
  const alive = machines.length - findings.length;
  const wanted = nodesOf(cluster);
  const missing = wanted - alive;
  if (missing > 0) {
    findings.push({
      what: `${count(missing, 'machine')} of ${wanted} ${missing === 1 ? 'is' : 'are'} missing from fleet`,
      about: lost[0] ? { kind: 'machines', key: lost[0].id } : null,
      why: `fleet lists ${count(alive, 'machine')}${lost.map(lostWords).join('')}; the cluster has ${cluster.blueprint === 'kubernetes' ? `one master and ${count(cluster.size, 'minion')}` : count(wanted, 'machine')}`,
      next:
        cluster.blueprint === 'fleet'
          ? `kubecore scale ${wanted} starts what is missing; a new instance needs a few minutes to join`
          : 'a new instance needs a few minutes to join; look at its boot with kubecore events, or at the units of the node',
      down: alive === 0,
    });
  }
  return findings;
}

const lostWords = ({ ip, id, instanceId, state }: Machine): string =>
  `, and has lost ${ip || id}${instanceId === null ? '' : ` (${instanceId}, ${state ?? 'not in EC2'})`}`;

/** Units whose failure stops the whole cluster, when it is the master's. */
const VITAL = /^(etcd|fleet|kube-apiserver)\.service$/;

function units(pane: Pane<Unit>, machines: readonly Machine[] | null): Finding[] {
  const findings: Finding[] = [];
  const error = errorOf(pane);
  if (error) findings.push({ what: error.what, why: error.why, next: error.next, down: false });
  for (const unit of rowsOf(pane) ?? []) {
    const failed = unit.active === 'failed' || unit.sub === 'failed';
    const looping = unit.sub === 'auto-restart';
    if (!failed && !looping && unit.load !== 'error') continue;
    const machine = machines?.find(({ id }) => id === unit.machineId);
    const where = unit.ip ?? unit.machineId ?? 'no machine';
    findings.push({
      about: { kind: 'units', key: KEY_OF.units(unit) },
      what: `${unit.name} ${looping ? 'does not stay up' : 'has failed'} on ${where}`,
      why:
        unit.load === 'error'
          ? 'its unit file could not be loaded'
          : `systemd says ${unit.active} (${unit.sub})`,
      next: `kubecore logs ${unit.name}${unit.machineId === null ? '' : ` --machine ${unit.machineId}`}`,
      down: failed && VITAL.test(unit.name) && machine?.role === 'master',
    });
  }
  return findings;
}

function api(view: ClusterView): Finding[] {
  const error = errorOf(view.minions) ?? errorOf(view.services) ?? errorOf(view.controllers);
  return error
    ? [{ what: 'the Kubernetes API does not answer', why: error.why, next: error.next, down: true }]
    : [];
}

function registration(pane: Pane<Minion>, machines: readonly Machine[] | null, cluster: Cluster): Finding[] {
  const minions = rowsOf(pane);
  if (minions === null || pane.status !== 'live') return [];
  const names = new Set(minions.map(({ name }) => name));
  // One that is going away is told by its machine.
  const isThere = ({ lostAt, state }: Machine) =>
    lostAt === undefined && (state === null || state === 'running');
  const nodes = machines?.filter((machine) => machine.role === 'minion' && isThere(machine)) ?? [];
  const absent = nodes.filter(({ ip }) => ip !== '' && !names.has(ip));
  if (absent.length > 0)
    return [
      {
        what: `${count(absent.length, 'minion')} ${absent.length === 1 ? 'is' : 'are'} not registered`,
        why: `fleet lists ${absent.map(({ ip }) => ip).join(', ')} with role minion, kubecfg does not`,
        next: 'kube-register on the master does that: kubecore logs kube-register.service',
        down: minions.length === 0,
      },
    ];
  // Attached by --host nobody said how many there should be; without Kubernetes there are none.
  const expected = cluster.stackId === null || cluster.blueprint !== 'kubernetes' ? 0 : cluster.size;
  if (minions.length >= expected) return [];
  return [
    {
      what: `${count(expected - minions.length, 'minion')} of ${expected} ${expected - minions.length === 1 ? 'is' : 'are'} not registered`,
      why: `kubecfg lists ${count(minions.length, 'minion')}`,
      next: 'kube-register on the master does that once their machines are in fleet: kubecore logs kube-register.service',
      down: minions.length === 0,
    },
  ];
}

/** More pods alike than these are one problem: a controller whose pods crash must not bury what else is wrong. */
const PODS_BY_NAME = 3;

function pods(view: ClusterView): Finding[] {
  const findings: Finding[] = [];
  const error = errorOf(view.pods);
  if (error && errorOf(view.minions) === null)
    findings.push({ what: error.what, why: error.why, next: error.next, down: false });
  const alike = new Map<string, Pod[]>();
  for (const pod of rowsOf(view.pods) ?? []) {
    if (pod.status === 'Running' || pod.finished === true) continue;
    const group = `${podState(pod)} ${labelsOf(pod) || pod.name}`;
    alike.set(group, [...(alike.get(group) ?? []), pod]);
  }
  for (const group of alike.values()) {
    if (group.length <= PODS_BY_NAME) findings.push(...group.map(podFinding));
    else findings.push(podsFinding(group));
  }
  return findings;
}

const podState = ({ status }: Pod): string => (status === 'Terminated' ? 'terminated' : 'waiting');

const labelsOf = ({ labels }: Pod): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');

function podFinding(pod: Pod): Finding {
  const container = pod.containers.find(({ state }) => state !== 'running');
  return {
    about: { kind: 'pods', key: pod.name },
    what: `pod ${pod.name} is ${podState(pod)}`,
    why:
      pod.host === null
        ? 'no minion was found for it'
        : container === undefined
          ? `its minion ${pod.host} does not say why`
          : `${container.name} on ${pod.host}: ${container.state}`,
    next:
      pod.host === null
        ? 'see whether a minion has its ports free: kubecore logs kube-scheduler.service'
        : `kubecore logs kube-kubelet.service --machine ${pod.host}`,
    down: false,
  };
}

function podsFinding(group: readonly Pod[]): Finding {
  const [first] = group as [Pod];
  const { why, next, about } = podFinding(first) as Finding & Required<Pick<Finding, 'about'>>;
  return {
    about,
    what: `${group.length} pods labelled ${labelsOf(first)} are ${podState(first)}`,
    why: `${first.name}, one of them: ${why}`,
    next,
    down: false,
  };
}
