/** Owns the answers of a small healthy cluster (a master, two minions) for a fake Shell, each command's to be replaced. */
import type { Cluster } from '../../src/cluster/model.ts';
import { STACK_ID } from './fake-cloud.ts';
import type { Answer, Call } from './fake-shell.ts';

export const MASTER_ID = '33b953b38d7f4331a5be2fb71e974cb1';
export const MINION_IDS = ['33607af7821e4690a1c6629694e50342', '4f13622584274f69ba6f7da79e774c8e'] as const;

export const cluster: Cluster = {
  name: 'kubernetes',
  region: 'eu-west-1',
  recipe: 'coreos-2014',
  blueprint: 'kubernetes',
  size: 2,
  keyPair: 'coreos',
  stackId: STACK_ID,
  master: { instanceId: 'i-00000001', address: '54.0.0.1', privateAddress: '10.0.0.1' },
};

export const machines = `${MINION_IDS[0]}\t10.0.0.2\trole=minion\n${MASTER_ID}\t10.0.0.1\trole=master\n${MINION_IDS[1]}\t10.0.0.3\trole=minion\n`;

/** `systemctl list-units` of a node; `states` replaces the state of a unit. */
export function nodeUnits(names: readonly string[], states: Readonly<Record<string, string>> = {}): string {
  return names
    .map((name) => `${name.padEnd(32)} loaded ${states[name] ?? 'active   running'} The ${name}`)
    .join('\n');
}

const BOTH = [
  'docker.service',
  'etcd.service',
  'fleet.service',
  'flannel.service',
  'kube-kubelet.service',
  'sshd.service',
];
export const masterUnits = nodeUnits([...BOTH, 'kube-apiserver.service', 'kube-register.service']);
export const minionUnits = nodeUnits([...BOTH, 'kube-proxy.service']);

export const minionList = (...names: readonly string[]): string =>
  JSON.stringify({
    kind: 'MinionList',
    items: names.map((id) => ({ id, resources: { capacity: { cpu: 1000, memory: 3221225472 } } })),
  });

export const podList = (
  ...pods: readonly {
    readonly id: string;
    readonly status: string;
    readonly host?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[]
): string =>
  JSON.stringify({
    kind: 'PodList',
    items: pods.map(({ id, status, host = '', labels = { name: id } }) => ({
      id,
      labels,
      desiredState: { manifest: { containers: [{ name: 'x', image: 'busybox' }] } },
      currentState: { status, host },
    })),
  });

export type Replaced = Readonly<Record<string, Answer | ((call: Call) => Answer | Promise<Answer>)>>;

/** Answers of the cluster; a key of `replaced` is a piece of the command line (with `NODE: ` before it for one node). */
export function clusterAnswers(replaced: () => Replaced = () => ({})): (call: Call) => Promise<Answer> {
  return async (call) => {
    const line = `${call.on}: ${call.command}`;
    for (const [piece, answer] of Object.entries(replaced()))
      if (line.includes(piece)) return typeof answer === 'function' ? answer(call) : answer;
    if (line.includes('fleetctl list-machines')) return machines;
    if (line.includes('fleetctl list-units')) return '';
    if (line.includes('systemctl list-units')) return call.on === 'master' ? masterUnits : minionUnits;
    if (line.includes('list minions')) return minionList('10.0.0.2', '10.0.0.3');
    if (line.includes('list pods')) return podList();
    if (line.includes('list services')) return '{"kind":"ServiceList","items":null}';
    if (line.includes('list replicationControllers')) return '{"kind":"ReplicationControllerList"}';
    if (line.includes('etcdctl --no-sync get')) return '{"Network":"172.24.0.0/16"}\n';
    if (line.includes('uname -r')) return '3.17.2\n';
    if (line.includes('cat /etc/machine-id')) return `${MASTER_ID}\n`;
    throw new Error(`the test did not expect ${line}`);
  };
}
