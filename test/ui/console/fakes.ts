/** A session whose store, tails and clock are fed by hand: the console sees only what a test says. */
import { KubecoreError } from '../../../src/cluster/errors.ts';
import {
  KINDS,
  type Kind,
  type Machine,
  type Minion,
  type Pod,
  type RowOf,
  type Unit,
} from '../../../src/cluster/model.ts';
import type { Clock, ConnectionState } from '../../../src/cluster/ports.ts';
import type { ClusterView } from '../../../src/cluster/store-contract.ts';
import type { LogSource, Tail, TailState } from '../../../src/cluster/tail-contract.ts';
import type { Session } from '../../../src/ui/services.ts';
import { type Answer, type Call, fakeShell } from '../../helpers/fake-shell.ts';
import { type TestRing, testRing } from '../widgets/log-ring.ts';

export interface TestClock extends Clock {
  /** Lets time pass, and whatever was waiting for it go on. */
  advance(ms: number): Promise<void>;
}

export function testClock(start = Date.UTC(2014, 10, 22, 16, 33, 20)): TestClock {
  let now = start;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => reject(signal?.reason);
        const wake = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        sleepers.push({ at: now + ms, wake });
        signal?.addEventListener('abort', abort, { once: true });
      }),
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = sleepers.filter((sleeper) => sleeper.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = Math.max(now, next.at);
        sleepers = sleepers.filter((sleeper) => sleeper !== next);
        next.wake();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}

export interface TestTail extends Tail {
  readonly ring: TestRing;
  readonly closed: boolean;
  enter(state: TailState): void;
  push(...messages: Parameters<TestRing['push']>): void;
}

function testTail(source: LogSource): TestTail {
  const ring = testRing();
  const listeners = new Set<() => void>();
  let state: TailState = { phase: 'following' };
  let closed = false;
  const notify = () => {
    for (const listener of listeners) listener();
  };
  return {
    source,
    ring,
    get closed() {
      return closed;
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
    },
    enter(next) {
      state = next;
      notify();
    },
    push(...messages) {
      ring.push(...messages);
      notify();
    },
  };
}

type Rows = { readonly [K in Kind]?: readonly RowOf[K][] };

export interface TestSession extends Session {
  /** What the nodes answer to commands. */
  answer: (call: Call) => Answer | Promise<Answer>;
  readonly tails: TestTail[];
  readonly asked: (string | null)[];
  readonly visible: readonly Kind[];
  readonly refreshes: number;
  units: Awaited<ReturnType<Session['unitsOf']>> | KubecoreError;
  /** New data of some kinds, live. */
  feed(rows: Rows): void;
  fail(kind: Kind, error: KubecoreError): void;
  failWith(kind: Kind, what: string, why: string): void;
  connect(connection: ConnectionState): void;
}

export function testSession(clock: Clock): TestSession {
  const loading = { status: 'loading' } as const;
  let view = Object.assign(
    Object.fromEntries(KINDS.map((kind) => [kind, loading])) as Record<Kind, typeof loading>,
    { connection: { phase: 'connected', to: '203.0.113.10', since: 0 } as ConnectionState },
  ) as ClusterView;
  const listeners = new Set<() => void>();
  const change = (part: Partial<ClusterView>) => {
    view = { ...view, ...part };
    for (const listener of listeners) listener();
  };
  let visible: readonly Kind[] = [];
  let refreshes = 0;
  const session: TestSession = {
    cluster: {
      name: 'kubernetes',
      region: 'us-west-2',
      recipe: 'coreos-2014',
      blueprint: 'kubernetes',
      size: 2,
      keyPair: 'coreos',
      stackId: 'arn:aws:cloudformation:us-west-2:123456789012:stack/kubernetes/1',
      master: { instanceId: 'i-0', address: '203.0.113.10', privateAddress: '10.0.0.10' },
    },
    shell: fakeShell((call) => session.answer(call)),
    store: {
      get: () => view,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      setVisible(kinds) {
        visible = kinds;
      },
      refresh() {
        refreshes += 1;
      },
      stop: () => undefined,
    },
    answer: () => '',
    tails: [],
    asked: [],
    units: [],
    get visible() {
      return visible;
    },
    get refreshes() {
      return refreshes;
    },
    tail(source) {
      const tail = testTail(source);
      session.tails.push(tail);
      return tail;
    },
    async unitsOf(ip) {
      session.asked.push(ip);
      if (session.units instanceof Error) throw session.units;
      return session.units;
    },
    close: async () => undefined,
    feed(rows) {
      const live = Object.entries(rows).map(([kind, data]) => [
        kind,
        { status: 'live', data, asOf: clock.now() },
      ]);
      change(Object.fromEntries(live) as Partial<ClusterView>);
    },
    fail(kind, error) {
      const before = view[kind];
      const known = before.status === 'live' || before.status === 'stale';
      change({
        [kind]: known
          ? { status: 'stale', data: before.data, asOf: before.asOf, error }
          : { status: 'failed', error },
      } as Partial<ClusterView>);
    },
    failWith: (kind, what, why) =>
      session.fail(kind, new KubecoreError({ what, why, next: 'wait', fault: 'node' })),
    connect: (connection) => change({ connection }),
  };
  return session;
}

export const ID = { master: 'a1b2c3d4'.repeat(4), one: 'b0b0b0b0'.repeat(4), two: 'c1c1c1c1'.repeat(4) };

export const machine = (id: string, ip: string, role: 'master' | 'minion' = 'minion'): Machine => ({
  id,
  ip,
  metadata: { role: role === 'master' ? 'master' : 'node' },
  role,
  instanceId: `i-${id.slice(0, 8)}`,
  instanceType: 'm3.medium',
  zone: 'us-west-2a',
  state: 'running',
  launchTime: Date.UTC(2014, 10, 22, 15, 33, 20),
});

export const unit = (name: string, ip: string, change: Partial<Unit> = {}): Unit => ({
  name,
  machineId: { '10.0.0.10': ID.master, '10.0.0.11': ID.one, '10.0.0.12': ID.two }[ip] ?? null,
  ip,
  load: 'loaded',
  active: 'active',
  sub: 'running',
  hash: null,
  source: 'systemd',
  description: `what ${name} does`,
  ...change,
});

export const minion = (name: string): Minion => ({
  name,
  cpu: 1000,
  memory: 3_221_225_472,
  registered: true,
});

export const pod = (name: string, host: string | null, change: Partial<Pod> = {}): Pod => ({
  name,
  images: ['dockerfile/redis'],
  host,
  labels: { name },
  status: host === null ? 'Waiting' : 'Running',
  podIp: host === null ? null : '172.24.3.2',
  containers: [{ name: 'main', image: 'dockerfile/redis', state: 'running', restarts: 0 }],
  ...change,
});

/** Three machines, their units, two minions, a pod: all well. */
export function feedHealthy(session: TestSession): void {
  session.feed({
    machines: [
      machine(ID.two, '10.0.0.12'),
      machine(ID.master, '10.0.0.10', 'master'),
      machine(ID.one, '10.0.0.11'),
    ],
    units: [
      unit('fleet.service', '10.0.0.10'),
      unit('etcd.service', '10.0.0.10'),
      unit('etcd.service', '10.0.0.11'),
      unit('kube-kubelet.service', '10.0.0.12'),
    ],
    minions: [minion('10.0.0.12'), minion('10.0.0.11')],
    pods: [pod('redis-master', '10.0.0.11')],
    services: [{ name: 'redis', labels: {}, selector: { name: 'redis-master' }, port: 6379 }],
    controllers: [
      {
        name: 'redisController',
        images: ['dockerfile/redis'],
        selector: { name: 'redis-master' },
        replicas: 1,
      },
    ],
  });
}
