/** Plain fakes of all that the setup's screens get from outside: a small AWS, this computer, launches fed by hand. */
import { KubecoreError } from '../../src/cluster/errors.ts';
import { isOurs } from '../../src/cluster/identity.ts';
import type { LaunchEvent, LaunchPlan } from '../../src/cluster/launch-contract.ts';
import type { Cluster } from '../../src/cluster/model.ts';
import type {
  Clock,
  Cloud,
  KeyPair,
  Local,
  PrivateKeyFound,
  Stack,
  StackEvent,
  ToolFound,
} from '../../src/cluster/ports.ts';
import type { Backend, Services, Session } from '../../src/ui/services.ts';
import { testSession } from './console/fakes.ts';

export const error = (what: string, why: string, next: string, code?: string): KubecoreError =>
  new KubecoreError({ what, why, next, fault: 'aws', ...(code ? { code } : {}) });

export const pair = (name: string, type: KeyPair['type'] = 'rsa'): KeyPair => ({
  name,
  id: `key-${name}`,
  type,
  fingerprint: '00:11',
  publicKey: null,
});

export const stack = (name: string, status: string, tags: Record<string, string> = {}): Stack => ({
  id: `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1`,
  name,
  status,
  statusReason: null,
  createdAt: 0,
  parameters: { KeyPair: 'coreos', ClusterSize: '4', InstanceType: 'c3.large' },
  tags,
  outputs: {},
});

export const OURS = { 'kubecore:cluster': 'kubernetes' };

/** Spinners stand still, every longer wait is over at once. */
export const testClock = (): Clock => ({
  now: () => Date.UTC(2014, 10, 22, 16, 0, 42),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (ms > 300) setImmediate(resolve);
    }),
});

/** What the fake AWS and computer hold. Change it as the story goes. */
export interface World {
  identity: KubecoreError | null;
  pairs: KeyPair[] | KubecoreError;
  stacks: Record<string, Stack | KubecoreError>;
  image: KubecoreError | null | 'gone';
  template: KubecoreError | null;
  callerAddress: string | KubecoreError;
  discoveryService: KubecoreError | null;
  discovery: { members: number; size: number | null };
  createError: KubecoreError | null;
  env: Record<string, string>;
  tools: Record<'aws' | 'jq', ToolFound | null>;
  keys: Record<string, PrivateKeyFound>;
  /** Path → name of the pair whose private key is there, or what is wrong with the file. */
  files: Record<string, string | KubecoreError>;
  /** Path → passphrase of an encrypted private key; what was given right is kept in `unlocked`. */
  passphrases: Record<string, string>;
  unlocked: string[];
  savePath: KubecoreError | null;
  saveErrors: KubecoreError[];
  saved: { name: string; material: string }[];
  created: string[];
  openErrors: KubecoreError[];
  undoError: KubecoreError | null;
  undone: string[];
  /** Of every stack. */
  stackEvents: StackEvent[];
  launched: { plan: LaunchPlan; identityFile: string | null }[];
  opened: { cluster: Cluster; identityFile: string | null }[];
  sandboxError: KubecoreError | null;
  sessionsClosed: number;
}

export interface FakeServices extends Services {
  readonly world: World;
  /** The next events of the running launch. */
  emit(...events: LaunchEvent[]): void;
  /** Lets a held operation go on: see `hold`. */
  readonly holds: Record<string, Promise<void>>;
}

export const MATERIAL = '-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----\n';

const unless = (thrown: KubecoreError | null): void => {
  if (thrown) throw thrown;
};

export function fakeServices(
  options: { readonly backend?: 'aws' | 'sandbox' | null; readonly world?: Partial<World> } = {},
): FakeServices {
  const world: World = {
    identity: null,
    pairs: [pair('coreos'), pair('work', 'ed25519')],
    stacks: {},
    image: null,
    template: null,
    callerAddress: '203.0.113.7',
    discoveryService: null,
    discovery: { members: 0, size: 3 },
    createError: null,
    env: { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hush', AWS_DEFAULT_REGION: 'us-east-1' },
    tools: { aws: { path: '/usr/bin/aws', version: '2.15.30' }, jq: null },
    keys: { coreos: { path: '/home/me/.ssh/coreos.pem', label: '~/.ssh/coreos.pem', encrypted: false } },
    files: {},
    passphrases: {},
    unlocked: [],
    savePath: null,
    saveErrors: [],
    saved: [],
    created: [],
    openErrors: [],
    undoError: null,
    undone: [],
    stackEvents: [],
    launched: [],
    opened: [],
    sandboxError: null,
    sessionsClosed: 0,
    ...options.world,
  };
  const holds: Record<string, Promise<void>> = {};
  const held = async (name: string): Promise<void> => {
    // Outside answers never come at once.
    await new Promise<void>((resolve) => setImmediate(resolve));
    await holds[name];
  };
  const clock = testClock();

  const cloud: Cloud = {
    region: 'us-east-1',
    async identity() {
      await held('identity');
      unless(world.identity);
      return { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/me', userId: 'AIDA' };
    },
    async keyPairs() {
      await held('keyPairs');
      if (world.pairs instanceof KubecoreError) throw world.pairs;
      return world.pairs;
    },
    async createKeyPair(name) {
      await held('createKeyPair');
      unless(world.createError);
      world.created.push(name);
      const made = pair(name);
      if (Array.isArray(world.pairs)) world.pairs = [...world.pairs, made];
      return { ...made, material: MATERIAL };
    },
    deleteKeyPair: async () => {},
    importKeyPair: () => Promise.reject(new Error('not asked by the setup')),
    async validateTemplate() {
      await held('validateTemplate');
      unless(world.template);
    },
    async image(id) {
      await held('image');
      if (world.image === 'gone') return null;
      unless(world.image);
      return { id, name: 'CoreOS-alpha-509', state: 'available', deprecatedAt: null, virtualization: 'hvm' };
    },
    createStack: () => Promise.reject(new Error('the launch is fed by hand')),
    async stack(name) {
      await held('stack');
      const found =
        world.stacks[name] ??
        Object.values(world.stacks).find((one) => 'id' in one && one.id === name) ??
        null;
      if (found instanceof KubecoreError) throw found;
      return found;
    },
    stacks: async () =>
      Object.values(world.stacks).filter((one) => !(one instanceof KubecoreError) && isOurs(one)) as Stack[],
    stackEvents: async () => world.stackEvents,
    stackTemplate: async () => '{}',
    dryRun: async () => {},
    instanceTypeZones: async () => ['us-east-1a', 'us-east-1b'],
    instanceTypeVcpus: async () => 1,
    runningVcpus: async () => [],
    ec2Quota: async () => 32,
    hourlyPrice: async () => 0.067,
    network: async () => ({
      id: 'vpc-0a1b2c3d',
      cidrs: ['172.31.0.0/16'],
      subnets: [{ id: 'subnet-0a1b2c3d', zone: 'us-east-1a', isDefault: true }],
    }),
    updateStack: async () => {},
    deleteStack: async () => {},
    createChangeSet: async () => 'arn:changeSet/fake',
    changeSet: async (id) => ({ id, status: 'CREATE_COMPLETE', statusReason: null, changes: [] }),
    executeChangeSet: async () => {},
    deleteChangeSet: async () => {},
    instances: async () => [],
    consoleOutput: async () => null,
    createSecurityGroup: () => Promise.reject(new Error('the launch is fed by hand')),
    allowIngress: async () => {},
    deleteSecurityGroup: async () => {},
    runInstances: () => Promise.reject(new Error('the launch is fed by hand')),
    terminateInstances: async () => {},
    setTags: async () => {},
    userData: async () => '',
    resourcesOf: async () => [],
    regions: async () => ['us-east-1'],
    async callerAddress() {
      await held('callerAddress');
      if (world.callerAddress instanceof KubecoreError) throw world.callerAddress;
      return world.callerAddress;
    },
    async newDiscoveryUrl(service, size) {
      await held('newDiscoveryUrl');
      unless(world.discoveryService);
      return `${service}/token-of-${size}`;
    },
    discovery: async () => ({ ...world.discovery, addresses: [] }),
  };

  const local: Local = {
    env: (name) => world.env[name],
    async tool(name) {
      await held('tool');
      return world.tools[name];
    },
    async findPrivateKey(wanted, explicit) {
      await held('findPrivateKey');
      const known = world.keys[wanted.name] ?? null;
      const opened = (path: string | null): boolean => path !== null && world.unlocked.includes(path);
      if (explicit === undefined || explicit === known?.path)
        return known && opened(known.path) ? { ...known, encrypted: false } : known;
      if (world.passphrases[explicit] !== undefined && !opened(explicit))
        return { path: explicit, label: explicit, encrypted: true, unproved: true };
      const file =
        world.files[explicit] ??
        error(`${explicit} cannot be read`, 'there is no such file', 'check the path');
      if (file instanceof KubecoreError) throw file;
      if (file === wanted.name) return { path: explicit, label: explicit, encrypted: false };
      throw error(
        'it is not the key of this pair',
        `it is another key, EC2 has ${wanted.name}`,
        'give its own',
        'KeyMismatch',
      );
    },
    async checkPrivateKeyPath() {
      unless(world.savePath);
    },
    async savePrivateKey(name, material) {
      await held('savePrivateKey');
      unless(world.saveErrors.shift() ?? null);
      world.saved.push({ name, material });
      return `/home/me/.ssh/${name}.pem`;
    },
    privateKeyPath: (name) => `/home/me/.ssh/${name}.pem`,
  };

  const aws: Backend = { kind: 'aws', region: 'us-east-1', cloud, flags: [], defaults: {} };
  const sandbox: Backend = {
    kind: 'sandbox',
    region: 'us-east-1',
    cloud,
    flags: ['--sandbox'],
    defaults: { discoveryService: 'http://127.0.0.1:4711' },
  };
  const kind = options.backend === undefined ? 'aws' : options.backend;

  const queue: LaunchEvent[] = [];
  let wake: (() => void) | null = null;

  const unlock: Services['unlock'] = async (identityFile, ask) => {
    const right = world.passphrases[identityFile ?? ''];
    if (identityFile === null || right === undefined || world.unlocked.includes(identityFile)) return;
    for (let attempt = 1; ; attempt++) {
      const given = await ask(identityFile, attempt);
      if (given === null) throw error('the key cannot be used', 'its passphrase was not given', 'ssh-add');
      if (given === right) break;
    }
    await held('unlock');
    world.unlocked.push(identityFile);
  };

  return {
    world,
    holds,
    unlock,
    backend: kind === null ? null : kind === 'aws' ? aws : sandbox,
    local,
    clock,
    random: () => 0.5,
    async switchToSandbox() {
      await held('switchToSandbox');
      unless(world.sandboxError);
      world.identity = null;
      return sandbox;
    },
    emit(...events) {
      queue.push(...events);
      wake?.();
    },
    async *launch(_backend, plan, identityFile, signal) {
      world.launched.push({ plan, identityFile });
      signal.addEventListener('abort', () => wake?.(), { once: true });
      while (!signal.aborted) {
        const event = queue.shift();
        if (event) {
          yield event;
          if (event.type === 'healthy' || event.type === 'failed') return;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    async undo(_backend, name, _signal, stackId) {
      await held('undo');
      unless(world.undoError);
      world.undone.push(stackId ?? name);
    },
    async open(_backend, cluster, identityFile, ask): Promise<Session> {
      await held('open');
      await unlock(identityFile, ask);
      unless(world.openErrors.shift() ?? null);
      world.opened.push({ cluster, identityFile });
      return {
        ...testSession(clock),
        cluster,
        close: async () => {
          world.sessionsClosed++;
        },
      };
    },
  };
}

export const cluster = (name: string): Cluster => ({
  name,
  region: 'us-east-1',
  recipe: 'coreos-2014',
  blueprint: 'kubernetes',
  size: 2,
  keyPair: 'coreos',
  stackId: `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1`,
  master: { instanceId: 'i-1', address: '198.51.100.4', privateAddress: '172.31.0.4' },
});
