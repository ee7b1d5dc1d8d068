import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { MASTER, type NodeRef } from '../../src/cluster/ports.ts';
import { remoteCommand } from '../../src/ssh/quote.ts';
import type { SshShell } from '../../src/ssh/shell.ts';
import { until } from './helpers/clock.ts';
import {
  finish,
  forgetKeyFiles,
  type Peer,
  type PeerOptions,
  type PeerSession,
  shellAt,
  startPeer,
} from './helpers/peer.ts';

const peers: Peer[] = [];
const shells: SshShell[] = [];

async function peer(options: PeerOptions = {}): Promise<Peer> {
  const made = await startPeer(options);
  peers.push(made);
  return made;
}

function shell(...args: Parameters<typeof shellAt>): SshShell {
  const made = shellAt(...args);
  shells.push(made);
  return made;
}

async function failure(promise: Promise<unknown>): Promise<KubecoreError> {
  return promise.then(
    (value) => {
      throw new Error(`expected an error, got ${JSON.stringify(value)}`);
    },
    (error) => error,
  );
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

afterEach(async () => {
  await Promise.all(shells.splice(0).map((made) => made.close()));
  await Promise.all(peers.splice(0).map((made) => made.close()));
  forgetKeyFiles();
});

describe('run', () => {
  test('brings back both outputs apart, and the exit code', async () => {
    const there = await peer({ exec: (session) => finish(session, { out: 'out', err: 'err', code: 3 }) });
    const result = await shell(there).run(MASTER, ['fleetctl', 'list-units']);
    expect(result).toMatchObject({ code: 3, signal: null });
    expect([text(result.stdout), text(result.stderr)]).toEqual(['out', 'err']);
    expect(there.sessions[0]?.command).toBe(
      remoteCommand(['fleetctl', 'list-units'], { stdin: false, limitSeconds: 16 }),
    );
  });

  test('a signal is told by name, without a code', async () => {
    const there = await peer({ exec: (session) => finish(session, { signal: 'TERM' }) });
    expect(await shell(there).run(MASTER, ['x'])).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  test('gives standard input and ends it', async () => {
    const there = await peer({
      exec: (session) => {
        const got: Buffer[] = [];
        session.channel.on('data', (chunk: Buffer) => got.push(chunk));
        session.channel.on('end', () => finish(session, { out: Buffer.concat(got).toString() }));
      },
    });
    const stdin = Buffer.from('x'.repeat(300_000));
    expect((await shell(there).run(MASTER, ['cat'], { stdin })).stdout).toHaveLength(300_000);
  });

  test('waits for output that comes after the exit status', async () => {
    const there = await peer({
      exec: (session) => {
        session.channel.exit(0);
        setTimeout(() => session.channel.end('late'), 20);
      },
    });
    expect(text((await shell(there).run(MASTER, ['x'])).stdout)).toBe('late');
  });

  test('more output than allowed ends it', async () => {
    const there = await peer({ exec: (session) => void session.channel.write(Buffer.alloc(100_000)) });
    const error = await failure(shell(there).run(MASTER, ['x'], { maxBytes: 50_000 }));
    expect(error).toMatchObject({ code: 'OutputTooLong', fault: 'node' });
    await until('the kill', () => there.sessions[0]!.signals.includes('KILL'));
  });

  test('a flood of standard error counts too', async () => {
    const there = await peer({ exec: (session) => void session.channel.stderr.write(Buffer.alloc(100_000)) });
    expect(await failure(shell(there).run(MASTER, ['x'], { maxBytes: 50_000 }))).toMatchObject({
      code: 'OutputTooLong',
    });
  });

  test('a hung command is killed over there when its time is up, and its lane is free again', async () => {
    const there = await peer({
      maxSessions: 1,
      exec: (session) => session.command?.includes('ok') && finish(session),
    });
    const at = shell(there);
    await at.run(MASTER, ['ok']);
    const error = await failure(at.run(MASTER, ['kubecfg', 'list', 'pods'], { timeoutMs: 500 }));
    expect(error).toMatchObject({ code: 'CommandTimedOut', fault: 'node', exitCode: 4 });
    await until('the kill', () => there.sessions[1]!.signals.includes('KILL'));
    expect(await at.run(MASTER, ['ok'])).toMatchObject({ code: 0 });
  });

  test('the caller stops it with a reason of its own', async () => {
    const there = await peer();
    const stop = new AbortController();
    const running = failure(shell(there).run(MASTER, ['x'], { signal: stop.signal }));
    await until('the command', () => there.sessions.length === 1);
    stop.abort();
    expect(await running).toMatchObject({ fault: 'interrupted', exitCode: 130 });
    await until('the kill', () => there.sessions[0]!.signals.includes('KILL'));
    expect(await failure(shell(there).run(MASTER, ['x'], { signal: stop.signal }))).toMatchObject({
      fault: 'interrupted',
    });
  });

  test('success without an exit status is not taken for success', async () => {
    const there = await peer({ exec: (session) => void session.channel.end('x') });
    expect(await failure(shell(there).run(MASTER, ['x']))).toMatchObject({ code: 'NoExitStatus' });
  });

  test('bad argv is bad input, before anything is dialled', async () => {
    const there = await peer();
    expect(await failure(shell(there).run(MASTER, ['a\0b']))).toMatchObject({ fault: 'input' });
    expect(there.accepted()).toBe(0);
  });

  test('thirty at once share one connection and its ten sessions; a person goes first', async () => {
    const there = await peer();
    const at = shell(there);
    const ended: string[] = [];
    const polls = Array.from({ length: 30 }, (_, i) =>
      at.run(MASTER, ['poll', String(i)]).then(() => ended.push(`poll${i}`)),
    );
    await until('eight polls', () => there.sessions.length === 8);
    const key = at.run(MASTER, ['key'], { priority: 'interactive' }).then(() => ended.push('key'));
    await until('the keypress', () => there.sessions.length === 9);
    expect(there.sessions[8]!.command).toContain('key');
    finish(there.sessions[8]!);
    await key;
    let done = 0;
    const finishing = setInterval(() => {
      for (; done < there.sessions.length; done++) if (done !== 8) finish(there.sessions[done]!);
    }, 1);
    await Promise.all(polls);
    clearInterval(finishing);
    expect(ended).toHaveLength(31);
    expect(there.accepted()).toBe(1);
  });

  test('a server with fewer sessions is respected', async () => {
    let open = 0;
    let most = 0;
    const there = await peer({
      maxSessions: 2,
      exec: (session) => {
        most = Math.max(most, ++open);
        session.channel.resume();
        session.channel.once('close', () => open--);
        setTimeout(() => finish(session), 5);
      },
    });
    const at = shell(there);
    await Promise.all(Array.from({ length: 8 }, () => at.run(MASTER, ['x'])));
    expect(most).toBe(2);
  });

  test('a server that gives no session at all is told of', async () => {
    const there = await peer({ maxSessions: 0 });
    expect(await failure(shell(there).run(MASTER, ['x']))).toMatchObject({
      code: 'ChannelRefused',
      fault: 'node',
    });
  });
});

describe('follow', () => {
  async function collect(lines: AsyncIterable<readonly Uint8Array[]>): Promise<string[]> {
    const all: string[] = [];
    for await (const batch of lines) all.push(...batch.map(text));
    return all;
  }

  test('gives whole lines as they come, the last one too, and ends with the command', async () => {
    const there = await peer({
      exec: ({ channel }) => {
        channel.write('one\ntw');
        setTimeout(() => {
          channel.write('o\n\nthree');
          channel.exit(0);
          channel.end();
        }, 20);
      },
    });
    expect(await collect(shell(there).follow(MASTER, ['journalctl', '-f']))).toEqual([
      'one',
      'two',
      '',
      'three',
    ]);
    expect(there.sessions[0]?.command).toBe(
      remoteCommand(['journalctl', '-f'], { stdin: false, limitSeconds: null }),
    );
  });

  test('throws what the command said when it fails, made safe for a terminal', async () => {
    const there = await peer({
      exec: (session) => finish(session, { out: 'a\n', err: 'No \u001b[31mjournal\n', code: 1 }),
    });
    const error = await failure(collect(shell(there).follow(MASTER, ['journalctl'])));
    expect(error).toMatchObject({ code: 'CommandFailed', fault: 'node' });
    expect(error.why).toBe('it ended with exit code 1: No \\x1b[31mjournal');
  });

  test('reads no faster than its reader', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(32_768, 'x'.repeat(127).concat('\n'));
    const total = 64 * 1024 * 1024;
    const there = await peer({
      exec: ({ channel }) => {
        const more = () => {
          while (sent < total) {
            sent += chunk.length;
            if (!channel.write(chunk)) return void channel.once('drain', more);
          }
          channel.exit(0);
          channel.end();
        };
        more();
      },
    });
    const batches = shell(there).follow(MASTER, ['cat'])[Symbol.asyncIterator]();
    let lines = (await batches.next()).value!.length;
    let before = -1;
    await until('the sender to be held up', () => {
      const still = sent === before;
      before = sent;
      return still && sent > 1024 * 1024;
    });
    expect(sent).toBeLessThan(12 * 1024 * 1024);
    for (let next = await batches.next(); !next.done; next = await batches.next()) lines += next.value.length;
    expect(lines).toBe(total / 128);
  });

  test('a reader who leaves ends the command over there', async () => {
    const there = await peer({ exec: ({ channel }) => void channel.write('a\n') });
    for await (const batch of shell(there).follow(MASTER, ['journalctl', '-f'])) {
      expect(batch.map(text)).toEqual(['a']);
      break;
    }
    await until('the kill', () => there.sessions[0]!.signals.includes('KILL'));
  });

  test('stops when told to, also while nothing comes', async () => {
    const there = await peer();
    const stop = new AbortController();
    const following = failure(collect(shell(there).follow(MASTER, ['x'], { signal: stop.signal })));
    await until('the command', () => there.sessions.length === 1);
    stop.abort();
    expect(await following).toMatchObject({ fault: 'interrupted' });
  });

  test('a dropped link is told as such, after the lines that came', async () => {
    const there = await peer({ exec: ({ channel }) => void channel.write('a\nb\n') });
    const got: string[] = [];
    const error = await failure(
      (async () => {
        for await (const batch of shell(there).follow(MASTER, ['x'])) {
          got.push(...batch.map(text));
          there.drop();
        }
      })(),
    );
    expect(error).toMatchObject({ code: 'ConnectionLost', fault: 'network' });
    expect(got).toEqual(['a', 'b']);
  });

  test('long lines are cut', async () => {
    const there = await peer({ exec: (session) => finish(session, { out: `${'x'.repeat(100)}\ny\n` }) });
    expect(await collect(shell(there).follow(MASTER, ['x'], { maxLineBytes: 10 }))).toEqual([
      'x'.repeat(10),
      'y',
    ]);
  });

  test('too many logs on one node is an error that says so', async () => {
    const there = await peer({ exec: (session) => session.command?.includes('ok') && finish(session) });
    const at = shell(there, { patienceMs: 1_500 });
    await at.run(MASTER, ['ok']);
    const stop = new AbortController();
    const logs = Array.from({ length: 7 }, () =>
      failure(collect(at.follow(MASTER, ['x'], { signal: stop.signal }))),
    );
    expect(await Promise.race(logs)).toMatchObject({ code: 'Busy' });
    expect(there.sessions).toHaveLength(7);
    stop.abort();
    await Promise.all(logs);
  });
});

describe('nodes behind the master', () => {
  const NODE: NodeRef = { kind: 'node', address: '10.0.0.7' };

  async function pair(node: PeerOptions, more: Parameters<typeof shellAt>[1] = {}) {
    const minion = await peer(node);
    const asked: string[] = [];
    const master = await peer({
      forward: (host, port) => {
        asked.push(`${host}:${port}`);
        return host === '10.0.0.7' ? minion.port : null;
      },
      exec: (session) => finish(session, { out: 'master' }),
    });
    return { minion, master, asked, at: shell(master, more) };
  }

  test('are reached through it, over one connection each', async () => {
    const { minion, master, asked, at } = await pair({
      exec: (session) => finish(session, { out: 'minion' }),
    });
    const results = await Promise.all([at.run(NODE, ['a']), at.run(NODE, ['b']), at.run(MASTER, ['c'])]);
    expect(results.map((result) => text(result.stdout))).toEqual(['minion', 'minion', 'master']);
    expect(asked).toEqual(['10.0.0.7:22']);
    expect([minion.accepted(), master.accepted()]).toEqual([1, 1]);
  });

  test('are left when idle, and reached again', async () => {
    const { minion, at } = await pair({ exec: (session) => finish(session) }, { idleMs: 30 });
    await at.run(NODE, ['a']);
    await until('the idle connection to end', () => minion.connections() === 0);
    await at.run(NODE, ['a']);
    expect(minion.accepted()).toBe(2);
  });

  test('stay connected as long as a log runs', async () => {
    const { minion, at } = await pair({ exec: ({ channel }) => void channel.write('a\n') }, { idleMs: 1 });
    const log = at.follow(NODE, ['x'])[Symbol.asyncIterator]();
    await log.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(minion.connections()).toBe(1);
    await log.return?.();
    await until('the idle connection to end', () => minion.connections() === 0);
  });

  test('that cannot be reached are told of, and do not harm the master', async () => {
    const { at } = await pair({});
    const error = await failure(at.run({ kind: 'node', address: '10.0.0.9' }, ['x']));
    expect(error).toMatchObject({ fault: 'network', code: 'NoRoute' });
    expect(error.what).toBe('10.0.0.9 cannot be reached through 203.0.113.5');
    expect(text((await at.run(MASTER, ['c'])).stdout)).toBe('master');
  });

  test('are lost with the master, and found again with it', async () => {
    const { master, at } = await pair({
      exec: (session) => session.command?.includes('ok') && finish(session),
    });
    const running = failure(at.run(NODE, ['hang']));
    await until('the connection', () => master.connections() === 1);
    await until('the command', () => peers[0]!.sessions.length === 1);
    master.drop();
    expect(await running).toMatchObject({ fault: 'network', code: 'ConnectionLost' });
    expect(await at.run(NODE, ['ok'])).toMatchObject({ code: 0 });
  });

  test('have host keys of their own to verify, by their instance where it is known', async () => {
    const contacts: unknown[] = [];
    const trust = {
      knownTypes: async () => [],
      verify: async (contact: unknown) => void contacts.push(contact),
    };
    const { at } = await pair(
      { exec: (session) => finish(session) },
      { trust, instanceAt: async () => 'i-minion' },
    );
    await at.run(NODE, ['x']);
    expect(contacts).toEqual([
      { address: '203.0.113.5', port: 22, instanceId: 'i-1', knownAs: [] },
      { address: '10.0.0.7', port: 22, instanceId: 'i-minion', knownAs: [] },
    ]);
  });
});

describe('terminals', () => {
  function streams() {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    return { stdin, stdout, stderr };
  }

  test('a pty has size, resizes, and the exit code of its shell', async () => {
    const there = await peer({
      exec: (session) => {
        session.channel.write('$ ');
        session.channel.on('data', (typed: Buffer) => {
          if (typed.toString() === 'exit 4\r') finish(session, { code: 4 });
        });
      },
    });
    const io = streams();
    let resize: (columns: number, rows: number) => void = () => {};
    let stopped = false;
    const ended = shell(there).openTerminal(MASTER, {
      ...io,
      pty: {
        term: 'xterm-256color',
        columns: 120,
        rows: 40,
        onResize: (listener) => {
          resize = listener;
          return () => {
            stopped = true;
          };
        },
      },
    });
    await until('the prompt', () => io.stdout.readableLength > 0);
    const session = there.sessions[0] as PeerSession;
    expect(session.command).toBeNull();
    expect(session.pty).toMatchObject({ term: 'xterm-256color', cols: 120, rows: 40 });
    resize(80, 24);
    io.stdin.write('exit 4\r');
    expect(await ended).toEqual({ code: 4, signal: null });
    expect(session.resizes).toEqual(['80x24']);
    expect(stopped).toBe(true);
    expect(io.stdin.listenerCount('data')).toBe(0);
    expect(io.stdin.isPaused()).toBe(true);
  });

  test('~. leaves a hung one', async () => {
    const there = await peer();
    const io = streams();
    const ended = shell(there).openTerminal(MASTER, { ...io, pty: { term: 'x', columns: 80, rows: 24 } });
    await until('the session', () => there.sessions.length === 1);
    io.stdin.write('\r~.');
    expect(await ended).toEqual({ code: null, signal: null });
  });

  test('pipes carry every byte both ways, standard error apart', async () => {
    const there = await peer({
      exec: (session) => {
        const got: Buffer[] = [];
        session.channel.on('data', (chunk: Buffer) => got.push(chunk));
        session.channel.on('end', () => {
          session.channel.stderr.write('warning');
          session.channel.write(Buffer.concat(got));
          session.channel.exit(0);
          session.channel.end();
        });
      },
    });
    const io = streams();
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256));
    const read: Buffer[] = [];
    io.stdout.on('data', (chunk: Buffer) => read.push(chunk));
    io.stdin.end(bytes);
    const ended = await shell(there).openTerminal(MASTER, { ...io, pty: null, command: ['sort', 'a b'] });
    expect(ended).toEqual({ code: 0, signal: null });
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
    expect(io.stderr.read()?.toString()).toBe('warning');
    expect(there.sessions[0]?.command).toBe("PATH=/opt/bin:$PATH; export PATH; exec sort 'a b'");
  });

  test('a local pipe that closes ends it', async () => {
    const there = await peer({ exec: ({ channel }) => void channel.write('y\n') });
    const io = streams();
    io.stdout.on('data', () => io.stdout.destroy(new Error('EPIPE')));
    expect(await shell(there).openTerminal(MASTER, { ...io, pty: null, command: 'yes' })).toEqual({
      code: null,
      signal: 'SIGPIPE',
    });
  });
});

test('close ends all: requests fail, connections go, nothing keeps the process', async () => {
  const there = await peer();
  const at = shell(there);
  const running = failure(at.run(MASTER, ['x']));
  await until('the command', () => there.sessions.length === 1);
  await at.close();
  await at.close();
  expect(await running).toMatchObject({ code: 'Closed', fault: 'interrupted' });
  expect(at.connection()).toEqual({ phase: 'closed' });
  expect(await failure(at.run(MASTER, ['x']))).toMatchObject({ code: 'Closed' });
  await until('the connection to end', () => there.connections() === 0);
});
