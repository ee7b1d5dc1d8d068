/**
 * Owns the logs of the Kubernetes 0.4 daemons and of kube-register (glog to standard error). What they do is the registry's.
 */
import type { EtcdCluster } from '../../contract.ts';
import type { ProgramContext } from '../processes.ts';
import { glog, goLog } from '../time-format.ts';
import type { Program } from './index.ts';

type Lines = (
  context: ProgramContext,
  n: number,
) => readonly [place: string, text: string, level?: string] | null;

/** A glog daemon: first lines, then one of its periodic lines every `every` real milliseconds. */
function daemon(every: number, first: readonly (readonly [string, string])[], periodic: Lines): Program {
  return {
    start(context) {
      const { machine, process } = context;
      for (const [index, [place, text]] of first.entries()) {
        context.later(40 + index * 160, glog(machine.after(40 + index * 160), process.pid, place, text));
      }
      process.every = every;
      process.nextLineAt = machine.now() + 900 + (process.pid % 7) * 130;
    },
    line(context, n) {
      const made = periodic(context, n);
      return made === null
        ? null
        : glog(context.machine.now(), context.process.pid, made[0], made[1], made[2] ?? 'I');
    },
  };
}

function count(
  context: ProgramContext,
  kind: 'pods' | 'services' | 'minions' | 'replicationControllers',
): number {
  const cluster: EtcdCluster | null = context.machine.etcd();
  return cluster === null ? 0 : Object.keys(cluster.kube[kind]).length;
}

const etcdRefused = (context: ProgramContext): boolean => context.machine.etcd() === null;

const PATHS = ['pods', 'minions', 'services', 'replicationControllers', 'endpoints'];

const apiserver = daemon(
  3100,
  [
    ['apiserver.go:103', 'Kubernetes version v0.4.4 starting'],
    ['master.go:163', 'Using etcd at [http://127.0.0.1:4001]'],
    ['apiserver.go:216', 'Serving read-write on 127.0.0.1:8080'],
  ],
  (context, n) => {
    if (etcdRefused(context))
      return [
        'logger.go:57',
        'etcd DEBUG: Unable to get result: dial tcp 127.0.0.1:4001: connection refused',
        'E',
      ];
    const watch = n % 3 === 0 ? 'watch/' : '';
    const took = ((context.process.pid * 31 + n * 17) % 900) / 100 + 0.4;
    return [
      'httplog.go:83',
      `GET /api/v1beta1/${watch}${PATHS[n % PATHS.length]}: (${took.toFixed(3)}ms) 200`,
    ];
  },
);

const scheduler = daemon(
  8300,
  [['scheduler.go:61', 'Starting scheduler against 127.0.0.1:8080']],
  (context, n) =>
    n % 2 === 0
      ? [
          'factory.go:117',
          `glog.v2 ${count(context, 'minions')} minions known, ${count(context, 'pods')} pods assigned`,
        ]
      : ['reflector.go:78', 'Listing and watching *api.Pod'],
);

const controllerManager = daemon(
  9100,
  [
    ['controller-manager.go:76', 'Starting replication manager, sync period 10s'],
    ['controller-manager.go:81', 'Starting endpoint controller, sync period 10s'],
  ],
  (context, n) =>
    n % 2 === 0
      ? [
          'replication_controller.go:104',
          `Synchronized ${count(context, 'replicationControllers')} replication controllers`,
        ]
      : ['endpoints_controller.go:61', `Synced endpoints of ${count(context, 'services')} services`],
);

const kubelet = daemon(
  4700,
  [
    ['server.go:45', 'Starting kubelet: address 0.0.0.0, port 10250'],
    ['kubelet.go:92', 'Watching for http config changes in etcd at http://127.0.0.1:4001'],
    ['docker.go:71', 'Connecting to docker on unix:///var/run/docker.sock'],
  ],
  (context, n) => {
    if (!context.machine.active('docker.service')) {
      return ['kubelet.go:560', 'Error listing containers: cannot connect to Docker endpoint', 'E'];
    }
    const pods = context.machine.state.containers.filter(
      (one) => one.owner.kind === 'pod' && one.finishedAt === null,
    );
    if (n % 3 === 2) return ['container_gc.go:58', 'Garbage collection: nothing to remove'];
    return ['kubelet.go:803', `SyncLoop: ${pods.length} pod containers running, desired state reached`];
  },
);

const proxy = daemon(
  6300,
  [
    ['proxy.go:63', 'Using etcd servers http://127.0.0.1:4001'],
    ['config.go:261', 'Watching services and endpoints'],
  ],
  (context, n) =>
    etcdRefused(context)
      ? [
          'etcd.go:109',
          'Failed to get the key registry/services: dial tcp 127.0.0.1:4001: connection refused',
          'E',
        ]
      : n % 2 === 0
        ? ['proxier.go:406', `Received update notice: ${count(context, 'services')} services`]
        : ['roundrobin.go:136', 'LoadBalancerRR: endpoints unchanged'],
);

const kubeRegister: Program = {
  start(context) {
    context.process.every = 7900;
    context.process.nextLineAt = context.machine.now() + 1600;
  },
  line(context) {
    const { machine } = context;
    if (!machine.active('fleet.socket') || !machine.active('fleet.service')) {
      return goLog(
        machine.now(),
        'Get http://unix/v1-alpha/machines: dial unix /var/run/fleet.sock: connection refused',
      );
    }
    const minions = Object.keys(machine.etcd()?.kube.minions ?? {}).sort();
    return goLog(
      machine.now(),
      `registered machines: ${minions.length === 0 ? 'none yet' : minions.join(' ')}`,
    );
  },
};

export const KUBERNETES: Record<string, Program> = {
  apiserver,
  scheduler,
  'controller-manager': controllerManager,
  kubelet,
  proxy,
  'kube-register': kubeRegister,
};
