/** The sandbox process: one per state directory, its control API, its saved world, its end. Hosts are played here. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateKeyPairCommand, DescribeKeyPairsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../../src/cluster/ports.ts';
import { handClock, realClock } from '../../../src/sandbox/clock.ts';
import type { World } from '../../../src/sandbox/contract.ts';
import { connectSandbox, ensureSandbox } from '../../../src/sandbox/process/client.ts';
import { controlSocket } from '../../../src/sandbox/process/paths.ts';
import {
  type CreateHosts,
  type SandboxServer,
  type ServerOptions,
  startSandbox,
} from '../../../src/sandbox/process/server.ts';
import { TEMPLATE } from '../cloud/lab.ts';

let home: string;
let running: SandboxServer[];
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'kc-'));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop('test over')));
  await rm(home, { recursive: true, force: true });
});

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Hosts that only say where they would listen. */
const played: CreateHosts = ({ world, clock }) => ({
  world,
  clock,
  all: () => [],
  byMachine: () => undefined,
  byIp: () => undefined,
  random: () => 0.5,
  step: () => {},
  sshPorts: () => ({ '172.31.0.9': { host: '127.0.0.1', port: 2222 } }),
  close: async () => {},
});

async function start(options: Partial<ServerOptions> = {}): Promise<SandboxServer | null> {
  const server = await startSandbox({
    stateDir: path.join(home, 'sandbox'),
    version: '1',
    createHosts: played,
    clock: realClock(() => 1),
    ...options,
  });
  if (server) running.push(server);
  return server;
}

async function client(stateDir = path.join(home, 'sandbox')) {
  const found = await connectSandbox(stateDir);
  if (!found) throw new Error('no sandbox answers');
  return found;
}

const ec2 = (endpoint: string) =>
  new EC2Client({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });

const world = (): World => JSON.parse(readFileSync(path.join(home, 'sandbox', 'world.json'), 'utf8'));

describe('one process per state directory', () => {
  test('of several started at once one stays', async () => {
    const servers = await Promise.all([start(), start(), start(), start()]);
    expect(servers.filter((one) => one !== null)).toHaveLength(1);
    expect((await (await client()).info()).pid).toBe(process.pid);
  });

  test('of several over a dead socket too', async () => {
    const stateDir = path.join(home, 'sandbox');
    await mkdir(stateDir, { mode: 0o700 });
    const socket = controlSocket(stateDir);
    // A socket file that nobody listens on: bound, then left behind by renaming it over.
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${socket}.x`, resolve));
    const { renameSync } = await import('node:fs');
    renameSync(`${socket}.x`, socket);
    await new Promise((resolve) => dead.close(resolve));
    expect(existsSync(socket)).toBe(true);
    const servers = await Promise.all([start(), start(), start()]);
    expect(servers.filter((one) => one !== null)).toHaveLength(1);
  });

  test('several callers get the same one, started once by whoever comes first', async () => {
    const options = {
      stateDir: path.join(home, 'sandbox'),
      clock,
      timeoutMs: 10_000,
      spawn: () => void start(),
    };
    const clients = await Promise.all([
      ensureSandbox(options),
      ensureSandbox(options),
      ensureSandbox(options),
    ]);
    const infos = await Promise.all(clients.map((one) => one.info()));
    expect(new Set(infos.map((one) => one.endpoint)).size).toBe(1);
  });

  test('another version takes over what is launched', async () => {
    const first = await start();
    const endpoint = first?.info().endpoint ?? '';
    await ec2(endpoint).send(new CreateKeyPairCommand({ KeyName: 'coreos', KeyType: 'ed25519' }));
    const next = await ensureSandbox({
      stateDir: path.join(home, 'sandbox'),
      clock,
      timeoutMs: 10_000,
      version: '2',
      spawn: () => void start({ version: '2' }),
    });
    const info = await next.info();
    expect(info.version).toBe('2');
    expect(info.endpoint).toBe(endpoint);
    await expect(first?.done).resolves.toBe('asked to');
    const { KeyPairs } = await ec2(info.endpoint).send(new DescribeKeyPairsCommand({}));
    expect(KeyPairs?.map((one) => one.KeyName)).toEqual(['coreos']);
  });

  test('a state directory with a long path, and one that does not start', async () => {
    const stateDir = path.join(home, 'x'.repeat(120), 'sandbox');
    await start({ stateDir });
    expect(controlSocket(stateDir).length).toBeLessThanOrEqual(100);
    expect((await (await client(stateDir)).info()).pid).toBe(process.pid);
    await expect(
      ensureSandbox({ stateDir: path.join(home, 'none'), clock, timeoutMs: 100, spawn: () => {} }),
    ).rejects.toMatchObject({ what: 'the sandbox did not start', code: 'SandboxSilent' });
    expect(await connectSandbox(path.join(home, 'none'))).toBeNull();
  });

  test('it ends when its directory is taken away', async () => {
    const server = await start();
    await rm(path.join(home, 'sandbox'), { recursive: true });
    await expect(server?.done).resolves.toBe('its control socket is gone');
    expect(existsSync(path.join(home, 'sandbox', 'world.json'))).toBe(false);
  });
});

describe('the control API', () => {
  test('info and hosts', async () => {
    await start({ speed: 50 });
    const one = await client();
    const info = await one.info();
    expect(info).toMatchObject({ version: '1', speed: 50, stacks: [], notice: null });
    expect(info.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(`${info.discovery}/new?size=3`)).text()).toContain(`${info.discovery}/`);
    expect(await (await fetch(info.callerAddressUrl)).text()).toMatch(/^203\.0\.113\./);
    expect(await one.hosts()).toEqual({ '172.31.0.9': { host: '127.0.0.1', port: 2222 } });
  });

  test('faults: listed, in force, taken back, refused', async () => {
    const server = await start();
    const one = await client();
    const { known, active } = await one.faults();
    expect(known.map((fault) => fault.name)).toEqual(
      expect.arrayContaining([
        'minion-dies',
        'master-dies',
        'stack-fails',
        'throttling',
        'link-drops',
        'unit-crashes',
        'slow-boot',
        'bad-credentials',
        'delete-refused',
      ]),
    );
    expect(active).toEqual([]);
    const { message } = await one.fault({ name: 'throttling', seconds: 60 });
    expect(message).toMatch(/^throttling: .* for 60 s$/);
    expect((await one.faults()).active).toMatchObject([{ name: 'throttling', target: null, times: null }]);
    await expect(
      ec2(server?.info().endpoint ?? '').send(new DescribeKeyPairsCommand({})),
    ).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
    });
    expect(await one.endFault('throttling')).toEqual({ ended: 1 });
    await ec2(server?.info().endpoint ?? '').send(new DescribeKeyPairsCommand({}));
    await expect(one.fault({ name: 'rain' })).rejects.toMatchObject({ fault: 'input', code: 'InvalidFault' });
    await expect(one.fault({ name: 'minion-dies' })).rejects.toMatchObject({
      why: 'there is no running minion to die',
    });
    await expect(one.fault({ name: 'unit-crashes' })).rejects.toMatchObject({ fault: 'input' });
    await expect(one.fault({ name: 'throttling', seconds: -1 })).rejects.toMatchObject({
      why: 'seconds must be a positive number',
    });
  });

  test('reset forgets, stop saves', async () => {
    const server = await start();
    const endpoint = server?.info().endpoint ?? '';
    const make = (KeyName: string) =>
      ec2(endpoint).send(new CreateKeyPairCommand({ KeyName, KeyType: 'ed25519' }));
    await make('one');
    const one = await client();
    await one.reset();
    expect((await ec2(endpoint).send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
    expect(world().regions).toEqual({});
    await make('two');
    await one.stop();
    expect(await connectSandbox(path.join(home, 'sandbox'))).toBeNull();
    expect(Object.keys((world().regions['us-east-1']?.keyPairs ?? {}) as object)).toEqual(['two']);
    expect(statSync(path.join(home, 'sandbox', 'world.json')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(home, 'sandbox')).mode & 0o777).toBe(0o700);
    await expect(one.info()).rejects.toMatchObject({ code: 'SandboxGone', fault: 'network' });
    expect(readFileSync(path.join(home, 'sandbox', 'sandbox.log'), 'utf8')).not.toContain('PRIVATE KEY');
  });
});

describe('the saved world', () => {
  test('a stack that was being created goes on after a restart', async () => {
    const first = await start({ speed: 40 });
    const endpoint = first?.info().endpoint ?? '';
    await ec2(endpoint).send(new CreateKeyPairCommand({ KeyName: 'coreos', KeyType: 'ed25519' }));
    const cfn = new CloudFormationClient({
      region: 'us-east-1',
      endpoint,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    await cfn.send(
      new CreateStackCommand({
        StackName: 'kubernetes',
        TemplateBody: TEMPLATE,
        Parameters: [
          { ParameterKey: 'KeyPair', ParameterValue: 'coreos' },
          { ParameterKey: 'DiscoveryURL', ParameterValue: 'http://127.0.0.1:1/discovery/x' },
        ],
      }),
    );
    const one = await client();
    await vi.waitFor(async () =>
      expect((await one.info()).stacks).toMatchObject([{ status: 'CREATE_IN_PROGRESS' }]),
    );
    await one.stop();
    await start();
    expect((await (await client()).info()).speed).toBe(40);
    await vi.waitFor(
      async () => {
        const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: 'kubernetes' }));
        expect(Stacks?.[0]?.StackStatus).toBe('CREATE_COMPLETE');
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  test.each([
    ['{"version":1,', 'it is damaged'],
    ['{"version":2}', 'it has version 2, this kubecore reads version 1'],
    ['[]', 'it holds no world'],
    ['{"version":1,"regions":{}}', 'it lacks a part'],
  ])('%s is moved aside and told', async (text, why) => {
    await mkdir(path.join(home, 'sandbox'), { mode: 0o700 });
    writeFileSync(path.join(home, 'sandbox', 'world.json'), text);
    const server = await start();
    expect(server?.info().notice).toContain(why);
    const aside = readdirSync(path.join(home, 'sandbox')).find((name) => name.includes('unusable'));
    expect(readFileSync(path.join(home, 'sandbox', String(aside)), 'utf8')).toBe(text);
  });
});

describe('unused', () => {
  /** A sandbox whose time is moved by hand; `ticked` resolves when it has looked at that time. */
  async function byHand() {
    const time = handClock(Date.UTC(2026, 10, 22));
    const look = { steps: 0, connections: 0 };
    const server = await start({
      clock: time,
      createHosts: (options) => ({
        ...played(options),
        step: () => {
          look.steps += 1;
        },
        connections: () => look.connections,
      }),
    });
    const ticked = async (): Promise<void> => {
      const before = look.steps;
      await vi.waitFor(() => expect(look.steps).toBeGreaterThan(before + 1), {
        interval: 10,
        timeout: 3_000,
      });
    };
    return { time, look, server, ticked };
  }

  test('it ends ten minutes after its last use', async () => {
    const { time, server, ticked } = await byHand();
    const one = await client();
    for (let minutes = 0; minutes < 30; minutes += 9) {
      time.advance(9 * 60_000);
      await one.info();
    }
    await ticked();
    time.advance(10 * 60_000);
    await expect(server?.done).resolves.toBe('unused');
  });

  test('an open SSH connection is use', async () => {
    const { time, look, server, ticked } = await byHand();
    look.connections = 1;
    await ticked();
    time.advance(9 * 60_000);
    await ticked();
    time.advance(9 * 60_000);
    await ticked();
    look.connections = 0;
    time.advance(10 * 60_000);
    await expect(server?.done).resolves.toBe('unused');
  });
});
