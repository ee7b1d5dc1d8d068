/**
 * Owns what the details of a row ask of the cluster beyond what the panes know: for each kind, the commands and how what
 * they print is shown. Pure: a section is asked for elsewhere (session.ts).
 */
import { stringify } from 'yaml';
import type {
  Cluster,
  Machine,
  Minion,
  Pod,
  ReplicationController,
  Service,
  Unit,
} from '../../../cluster/model.ts';
import { MASTER, type NodeRef, type RunResult } from '../../../cluster/ports.ts';
import * as docker from '../../../cluster/tools/docker.ts';
import * as etcdctl from '../../../cluster/tools/etcdctl.ts';
import * as fleetctl from '../../../cluster/tools/fleetctl.ts';
import * as kubecfg from '../../../cluster/tools/kubecfg.ts';
import { decode, ending } from '../../../cluster/tools/output.ts';
import * as systemctl from '../../../cluster/tools/systemctl.ts';
import type { RowContext } from '../columns/row-kind.ts';
import type { PaneId } from '../pane-id.ts';

export interface Section {
  readonly title: string;
  readonly node: NodeRef;
  readonly argv: readonly string[];
  /** What it printed, as lines to show; untrusted still. Throws when it cannot be read. */
  readonly read: (result: RunResult) => readonly string[];
}

const linesOf = (text: string): string[] => text.replace(/\n+$/, '').split(/\r?\n/);

/** Standard output, or why there is none. */
function plain(result: RunResult): readonly string[] {
  const text = decode(result.stdout);
  if (text.trim() !== '') return linesOf(text);
  const said = decode(result.stderr);
  return said.trim() === '' ? [`(nothing printed, ${ending(result)})`] : linesOf(said);
}

/** kubecfg's JSON as YAML, which a person reads more easily. */
function yaml(result: RunResult): readonly string[] {
  if (result.code !== 0) return [kubecfg.reason(result.stderr) ?? ending(result)];
  return linesOf(stringify(JSON.parse(decode(result.stdout)), { lineWidth: 0 }));
}

function containers(of: (names: string) => boolean): Section['read'] {
  return (result) => {
    if (result.code !== 0) return plain(result);
    const rows = docker.readContainers(result.stdout).filter(({ names }) => of(names));
    if (rows.length === 0) return ['no containers'];
    return rows.flatMap(({ names, image, status, command, ports, id }, at) => [
      ...(at === 0 ? [] : ['']),
      names || id.slice(0, 12),
      `  image    ${image}`,
      `  status   ${status}`,
      `  command  ${command.replace(/^"|"$/g, '')}`,
      ...(ports === '' ? [] : [`  ports    ${ports}`]),
      `  id       ${id.slice(0, 12)}`,
    ]);
  };
}

function health(result: RunResult): readonly string[] {
  const { ok, detail } = etcdctl.readQuorum(result);
  return [ok ? `answers; the network that flannel was given: ${detail}` : `does not answer: ${detail}`];
}

/** The node at an address, the master by its own way. */
export function nodeAt(ip: string, role: Machine['role'] | null, cluster: Cluster): NodeRef {
  return role === 'master' || ip === cluster.master?.privateAddress ? MASTER : { kind: 'node', address: ip };
}

const dockerSection = (node: NodeRef, of: (names: string) => boolean = () => true): Section => ({
  title: 'Docker containers',
  node,
  argv: docker.psArgv({ all: true }),
  read: containers(of),
});

/**
 * The kubelet of 0.4 names containers `k8s--CONTAINER.HASH--POD.NAMESPACE.SOURCE--UID--ATTEMPT`, with every dash inside as `_-_`
 * (pkg/kubelet/dockertools).
 */
const ofPod =
  (pod: string) =>
  (names: string): boolean =>
    names
      .split(',')
      .some((name) => name.split('--')[2]?.startsWith(`${pod.replaceAll('-', '_-_')}.`) === true);

function unitSections(unit: Unit, { machinesByIp }: RowContext, cluster: Cluster): Section[] {
  const node = unit.ip === null ? null : nodeAt(unit.ip, machinesByIp.get(unit.ip)?.role ?? null, cluster);
  const ofFleet = unit.source === 'fleet';
  return [
    ...(node === null
      ? []
      : [{ title: 'Status', node, argv: systemctl.statusArgv(unit.name), read: plain } satisfies Section]),
    ...(ofFleet
      ? [
          {
            title: 'Unit file',
            node: MASTER,
            argv: fleetctl.catArgv(unit.name),
            read: plain,
          } satisfies Section,
        ]
      : []),
    ...(!ofFleet && node !== null
      ? [{ title: 'Unit file', node, argv: systemctl.catArgv(unit.name), read: plain } satisfies Section]
      : []),
  ];
}

function machineSections(machine: Machine, cluster: Cluster): Section[] {
  if (machine.ip === '' || machine.lostAt !== undefined) return [];
  const node = nodeAt(machine.ip, machine.role, cluster);
  return [
    { title: 'etcd, as this machine sees it', node, argv: etcdctl.quorumArgv, read: health },
    { title: 'etcd cluster health', node, argv: etcdctl.healthArgv, read: plain },
    dockerSection(node),
  ];
}

const object = (resource: kubecfg.KubeResource, name: string): Section => ({
  title: 'As the API has it',
  node: MASTER,
  argv: kubecfg.getArgv(resource, name),
  read: yaml,
});

/** What to ask about a row, in the order in which it shows. */
export function sectionsOf(
  kind: PaneId,
  row: unknown,
  context: RowContext,
  cluster: Cluster,
): readonly Section[] {
  const roleAt = (ip: string): Machine['role'] => context.machinesByIp.get(ip)?.role ?? null;
  switch (kind) {
    case 'units':
      return unitSections(row as Unit, context, cluster);
    case 'machines':
      return machineSections(row as Machine, cluster);
    case 'minions': {
      const { name } = row as Minion;
      return [object('minions', name), dockerSection(nodeAt(name, roleAt(name), cluster))];
    }
    case 'pods': {
      const { name, host } = row as Pod;
      return [
        ...(host === null ? [] : [dockerSection(nodeAt(host, roleAt(host), cluster), ofPod(name))]),
        object('pods', name),
      ];
    }
    case 'services':
      return [object('services', (row as Service).name)];
    case 'controllers':
      return [object('replicationControllers', (row as ReplicationController).name)];
    case 'overview':
      return [];
  }
}
