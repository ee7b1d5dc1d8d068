import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryStep } from '../../../src/sandbox/registry/index.ts';
import { registryTools } from '../../../src/sandbox/tools/index.ts';
import { instance, makeWorld, type TestWorld, userData } from './world.ts';

/** ssh2 now and then makes an ed25519 key that it cannot read back. */
function ed25519(): { private: string; public: string } {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  return ssh2.utils.parseKey(pair.private) instanceof Error ? ed25519() : pair;
}

const keys = ed25519();
const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
const stranger = ed25519();

let world: TestWorld;
const clients: Client[] = [];

beforeAll(async () => {
  world = makeWorld(
    [instance(1, userData('Master'), keys.public), instance(2, userData('Minion'), rsa.public)],
    {
      size: 2,
      registryStep,
      tools: registryTools,
    },
  );
  world.pass(25_000);
  await world.hosts.ready();
});

afterAll(async () => {
  for (const client of clients) client.destroy();
  await world.hosts.close();
});

function address(number: number): { host: string; port: number } {
  return world.hosts.sshPorts()[`172.31.5.${number}`]!;
}

function connect(config: Partial<ConnectConfig> = {}, number = 1): Promise<Client> {
  const client = new ssh2.Client();
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client));
    client.once('error', reject);
    client.connect({
      ...address(number),
      username: 'core',
      privateKey: number === 1 ? keys.private : rsa.private,
      ...config,
    });
  });
}

interface Outcome {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: string | null;
}

function collect(channel: ClientChannel): Promise<Outcome> {
  const outcome: Outcome = { stdout: '', stderr: '', code: null, signal: null };
  channel.on('data', (data: Buffer) => {
    outcome.stdout += data.toString();
  });
  channel.stderr.on('data', (data: Buffer) => {
    outcome.stderr += data.toString();
  });
  channel.on('exit', (code: number | null, signal?: string) => {
    outcome.code = code;
    outcome.signal = signal ?? null;
  });
  return new Promise((resolve) => channel.on('close', () => resolve(outcome)));
}

function open(client: Client, command: string, options = {}): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, options, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** Listens from the callback on: the exit status may come in the same packet as the answer to exec. */
function exec(client: Client, command: string, options = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    client.exec(command, options, (error, channel) => {
      if (error) return reject(error);
      resolve(collect(channel));
      channel.end();
    });
  });
}

/** Lets simulated time pass until a promise settles. */
async function passing<T>(running: Promise<T>): Promise<T> {
  const timer = setInterval(() => world.pass(200), 5);
  try {
    return await running;
  } finally {
    clearInterval(timer);
  }
}

describe('commands', () => {
  it('run with their exit code, standard error apart', async () => {
    const client = await connect();
    expect(await exec(client, 'echo out; echo err >&2; exit 3')).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      code: 3,
      signal: null,
    });
    expect(await exec(client, 'kill -9 $$')).toMatchObject({ signal: 'SIGKILL' });
    expect((await exec(client, 'echo $PATH')).stdout).not.toContain('/opt/bin');
    expect((await exec(client, 'kubecfg list minions')).code).toBe(127);
  });

  it('reach fleetctl and kubecfg of the real registry', async () => {
    const client = await connect();
    const machines = await exec(client, 'fleetctl list-machines --no-legend --full --fields=ip,metadata');
    expect(machines.stdout.trim().split('\n').sort()).toEqual([
      '172.31.5.1\trole=master',
      '172.31.5.2\trole=minion',
    ]);
    const minions = await exec(client, '/opt/bin/kubecfg -json list minions');
    expect(JSON.parse(minions.stdout).minions.map((one: { id: string }) => one.id)).toEqual(['172.31.5.2']);
    const api = await exec(client, 'curl -s http://127.0.0.1:8080/api/v1beta1/minions');
    expect(JSON.parse(api.stdout).kind).toBe('MinionList');
    expect((await exec(client, 'curl -s http://127.0.0.1:4001/version')).stdout).toBe('etcd 0.4.6');
  });

  it('read standard input, and stream what they write without holding it all', async () => {
    const client = await connect();
    const channel = await open(client, 'cat | wc -c');
    const done = collect(channel);
    channel.end(Buffer.alloc(3_000_000, 'x'));
    expect((await done).stdout).toBe('3000000\n');
    const slow = await open(client, 'while true; do echo 0123456789012345678901234567890123456789; done');
    slow.pause();
    await new Promise<void>((resolve) => slow.once('readable', () => resolve()));
    slow.close();
    expect((await exec(client, 'echo alive')).stdout).toBe('alive\n');
  });

  it('end when their channel closes', async () => {
    const client = await connect();
    const channel = await open(client, 'journalctl -f -n 1 -o json');
    await new Promise<void>((resolve) => channel.once('data', () => resolve()));
    channel.close();
    const before = world.hosts.all()[0]!;
    world.pass(2000);
    expect(before.journal(null, 1)).toHaveLength(1);
    expect((await exec(client, 'true')).code).toBe(0);
  });

  it('follow the journal live', async () => {
    const client = await connect();
    const channel = await open(client, 'journalctl -f -n 0 -u kube-apiserver.service -o cat');
    const line = new Promise<string>((resolve) =>
      channel.once('data', (data: Buffer) => resolve(data.toString())),
    );
    expect(await passing(line)).toMatch(/^I\d{4} .* httplog\.go:\d+\] GET \/api\/v1beta1\//);
    channel.close();
  });

  it('take env LANG, a pty with CRLF, and a forwarded agent', async () => {
    const client = await connect();
    expect((await exec(client, 'echo $LANG $FOO', { env: { LANG: 'C', FOO: 'x' } })).stdout).toBe('C\n');
    expect((await exec(client, 'echo a; echo $TERM', { pty: { term: 'xterm-256color' } })).stdout).toBe(
      'a\r\nxterm-256color\r\n',
    );
  });
});

describe('who may log in', () => {
  it('refuses other keys, other users, and passwords', async () => {
    await expect(connect({ privateKey: stranger.private })).rejects.toThrow(/authentication methods failed/);
    await expect(connect({ username: 'root' })).rejects.toThrow(/authentication methods failed/);
    const { privateKey: _, ...rest } = { privateKey: '', password: 'x' };
    await expect(connect({ ...rest, privateKey: undefined as never })).rejects.toThrow();
  });

  it('accepts RSA keys, and shows the host key of the console', async () => {
    let shown = '';
    await connect(
      {
        hostHash: 'sha256',
        hostVerifier: (hash: string) => {
          shown = Buffer.from(hash, 'hex').toString('base64').replace(/=+$/, '');
          return true;
        },
      },
      2,
    );
    expect(world.world.regions['us-east-1']!.instances['i-00000002']!.console).toContain(`SHA256:${shown}`);
  });
});

describe('a connection', () => {
  it('holds ten sessions, and one more when one has ended', async () => {
    const client = await connect();
    const held = await Promise.all(Array.from({ length: 10 }, () => open(client, 'cat')));
    await expect(open(client, 'true')).rejects.toMatchObject({ reason: 2 });
    const closed = collect(held[0]!);
    held[0]!.end();
    await closed;
    expect((await exec(client, 'echo free')).stdout).toBe('free\n');
    for (const channel of held.slice(1)) channel.close();
  });

  it('forwards to the sshd of another host, by its private address', async () => {
    const client = await connect();
    const stream = await new Promise<ClientChannel>((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, '172.31.5.2', 22, (error, channel) =>
        error ? reject(error) : resolve(channel),
      );
    });
    const inner = new ssh2.Client();
    clients.push(inner);
    await new Promise<void>((resolve, reject) => {
      inner.once('ready', () => resolve());
      inner.once('error', reject);
      inner.connect({ sock: stream, username: 'core', privateKey: rsa.private });
    });
    expect((await exec(inner, 'hostname')).stdout).toBe('ip-172-31-5-2\n');
    const refused = new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, '172.31.5.99', 22, (error, channel) =>
        error ? reject(error) : resolve(channel),
      );
    });
    await expect(refused).rejects.toThrow(/Channel open failure/);
  });

  it("forwards to the host's own API and etcd", async () => {
    const client = await connect();
    for (const [port, path, wanted] of [
      [8080, '/healthz', 'ok'],
      [4001, '/version', 'etcd 0.4.6'],
    ] as const) {
      const stream = await new Promise<ClientChannel>((resolve, reject) => {
        client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, channel) =>
          error ? reject(error) : resolve(channel),
        );
      });
      let seen = '';
      stream.on('data', (data: Buffer) => {
        seen += data.toString();
      });
      stream.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await new Promise<void>((resolve) => stream.on('close', () => resolve()));
      expect(seen).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(seen).toContain(wanted);
    }
  });

  it('is an interactive login with a prompt, editing, ^C and exit', async () => {
    const client = await connect();
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.shell({ term: 'xterm', cols: 80, rows: 24 }, (error, one) =>
        error ? reject(error) : resolve(one),
      );
    });
    let seen = '';
    channel.on('data', (data: Buffer) => {
      seen += data.toString();
    });
    const code = new Promise<number | null>((resolve) => channel.on('exit', resolve));
    const until = (text: string): Promise<void> =>
      expect.poll(() => seen, { timeout: 5000, interval: 10 }).toContain(text) as unknown as Promise<void>;
    await until('core@ip-172-31-5-1 ~ $ ');
    channel.write('echo heXX\x7f\x7fllo $((40+2))\r');
    await until('\r\nhello 42\r\n');
    channel.write('cd /opt/bin\r');
    await until('core@ip-172-31-5-1 /opt/bin $ ');
    channel.write('kubecfg list minions\r');
    await until('172.31.5.2');
    channel.write('sleep 1000\r');
    await until('sleep 1000');
    channel.setWindow(50, 132, 0, 0);
    channel.write('\x03');
    await until('^C\r\n');
    channel.write('\x1b[A\x15exit 5\r');
    await until('logout');
    expect(await code).toBe(5);
  });

  it('carries files by sftp', async () => {
    const client = await connect();
    const sftp = await new Promise<import('ssh2').SFTPWrapper>((resolve, reject) =>
      client.sftp((error, one) => (error ? reject(error) : resolve(one))),
    );
    const text = '[Service]\nExecStart=/bin/echo hi\n';
    await new Promise<void>((resolve, reject) =>
      sftp.writeFile('hi.service', text, (error) => (error ? reject(error) : resolve())),
    );
    expect((await exec(client, 'cat hi.service; ls -l hi.service')).stdout).toContain(text);
    const back = await new Promise<Buffer>((resolve, reject) =>
      sftp.readFile('/home/core/hi.service', (error, data) => (error ? reject(error) : resolve(data))),
    );
    expect(back.toString()).toBe(text);
    const denied = new Promise<void>((resolve, reject) =>
      sftp.writeFile('/etc/x', text, (error) => (error ? reject(error) : resolve())),
    );
    await expect(denied).rejects.toThrow(/Permission denied|No such file/);
    sftp.end();
  });
});

describe('hosts that cannot be reached', () => {
  it('drop their connections, refuse new ones, and answer again', async () => {
    const client = await connect({}, 2);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.on('error', () => {});
    const host = world.hosts.byIp('172.31.5.2')!;
    host.state.unreachableUntil = world.clock.now() + 5000;
    world.pass(100);
    await closed;
    await expect(connect({}, 2)).rejects.toThrow();
    world.pass(6000);
    await world.hosts.ready();
    expect((await exec(await connect({}, 2), 'echo back')).stdout).toBe('back\n');
  });
});

describe("OpenSSH's client", () => {
  const run = promisify(execFile);
  const found = (process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, 'ssh')));

  it.skipIf(!found)('logs in and runs commands', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kubecore-hosts-'));
    try {
      const key = join(directory, 'key.pem');
      writeFileSync(key, keys.private, { mode: 0o400 });
      const base = [
        '-F',
        '/dev/null',
        '-i',
        key,
        '-p',
        String(address(1).port),
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        '-o',
        'IdentitiesOnly=yes',
        '-o',
        'LogLevel=ERROR',
        'core@127.0.0.1',
      ];
      expect((await run('ssh', [...base, 'hostname; uname -s'])).stdout).toBe('ip-172-31-5-1\nLinux\n');
      await expect(run('ssh', [...base, 'exit 7'])).rejects.toMatchObject({ code: 7 });
      expect((await run('ssh', ['-tt', ...base, 'echo tty'])).stdout).toBe('tty\r\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
