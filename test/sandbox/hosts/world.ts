/** Builds a small world for the tests of hosts/: the article's user data, instances, and hosts over a hand-moved clock. */
import { readFileSync } from 'node:fs';
import { type HandClock, handClock } from '../../../src/sandbox/clock.ts';
import type { InstanceState, RegistryStep, Tool, World } from '../../../src/sandbox/contract.ts';
import { createHosts, type RunningHosts } from '../../../src/sandbox/hosts/index.ts';

export const START = Date.UTC(2026, 10, 22, 16, 30, 0);
export const TOKEN = 'f00dfeed';

interface Template {
  Resources: Record<
    string,
    { Properties: { UserData: { 'Fn::Base64': { 'Fn::Join': [string, (string | { Ref: string })[]] } } } }
  >;
}

/** The article's user data of a role, with the parameters filled in. */
export function userData(role: 'Master' | 'Minion'): string {
  const text = readFileSync(new URL('../../fixtures/sandbox-hosts/kubernetes.json', import.meta.url), 'utf8');
  const template: Template = JSON.parse(text);
  const values: Record<string, string> = {
    DiscoveryURL: `https://discovery.etcd.io/${TOKEN}`,
    AdvertisedIPAddress: 'private',
    DockerCIDR: '172.24.0.0/16',
  };
  const parts = template.Resources[`${role}LaunchConfig`]!.Properties.UserData['Fn::Base64']['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : values[part.Ref]!)).join('');
}

/** The user data without one of its units. */
export function without(text: string, unit: string): string {
  return text.replace(new RegExp(`    - name: ${unit.replaceAll('.', '\\.')}\\n(?: {6,}.*\\n)*`), '');
}

export function instance(number: number, data: string, publicKey: string | null = null): InstanceState {
  return {
    id: `i-0000000${number}`,
    region: 'us-east-1',
    zone: 'us-east-1a',
    type: 'm3.medium',
    imageId: 'ami-66e6680e',
    keyName: publicKey === null ? null : 'coreos',
    publicKey,
    privateIp: `172.31.5.${number}`,
    publicIp: `54.211.93.${number}`,
    state: 'running',
    stateReason: null,
    launchTime: START,
    since: START,
    userData: data,
    securityGroups: [],
    tags: {},
    autoScalingGroup: null,
    launchConfiguration: null,
    console: '',
    host: null,
  };
}

export interface TestWorld {
  readonly world: World;
  readonly hosts: RunningHosts;
  readonly clock: HandClock;
  /** Moves time on in real milliseconds, in steps of 100. */
  pass(ms: number): void;
}

export function makeWorld(
  instances: readonly InstanceState[],
  options: {
    size?: number;
    registryStep?: RegistryStep;
    tools?: Record<string, Tool>;
    world?: World;
    start?: number;
    /** Told when there is something new to be saved. */
    changed?: () => void;
  } = {},
): TestWorld {
  const world: World = options.world ?? {
    version: 1,
    speed: 10,
    seed: 7,
    counter: 0,
    account: '123456789012',
    regions: {
      'us-east-1': {
        name: 'us-east-1',
        instances: Object.fromEntries(instances.map((one) => [one.id, one])),
      },
    },
    discovery: { [TOKEN]: { token: TOKEN, size: options.size ?? 3, createdAt: START, members: {} } },
    etcd: {},
    faults: [],
  };
  const clock = handClock(options.start ?? START, () => world.speed);
  const hosts = createHosts({
    world,
    clock,
    changed: options.changed ?? (() => {}),
    registryStep: options.registryStep ?? (() => {}),
    tools: options.tools ?? {},
  });
  hosts.step(clock.now());
  return {
    world,
    hosts,
    clock,
    pass(ms) {
      for (let left = ms; left > 0; left -= 100) {
        clock.advance(Math.min(100, left));
        hosts.step(clock.now());
      }
    },
  };
}
