import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { type Clock, type ConnectionState, MASTER } from '../../src/cluster/ports.ts';
import type { SshShell } from '../../src/ssh/shell.ts';
import { createHostTrust, type FirstContact } from '../../src/ssh/trust.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { until } from './helpers/clock.ts';
import {
  finish,
  forgetKeyFiles,
  keyFile,
  type Peer,
  type PeerOptions,
  shellAt,
  startPeer,
} from './helpers/peer.ts';
import { freePort } from './helpers/sshd.ts';

const peers: Peer[] = [];
const shells: SshShell[] = [];
const raw: { server: Server; sockets: Set<Socket> }[] = [];

async function peer(options: PeerOptions = {}): Promise<Peer> {
  const made = await startPeer({ exec: (session) => finish(session, { out: 'ok' }), ...options });
  peers.push(made);
  return made;
}

function shell(...args: Parameters<typeof shellAt>): SshShell {
  const made = shellAt(...args);
  shells.push(made);
  return made;
}

/** A server that is none: it does what it is told with each connection. */
async function impostor(act: (socket: Socket) => void): Promise<{ port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    act(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  raw.push({ server, sockets });
  return { port: (server.address() as { port: number }).port };
}

async function failure(promise: Promise<unknown>): Promise<KubecoreError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(KubecoreError);
  return error;
}

/** Every state that the shell went through. */
function watch(at: SshShell): ConnectionState[] {
  const seen: ConnectionState[] = [];
  at.subscribe(() => seen.push(at.connection()));
  return seen;
}

afterEach(async () => {
  await Promise.all(shells.splice(0).map((made) => made.close()));
  await Promise.all(peers.splice(0).map((made) => made.close()));
  for (const { server, sockets } of raw.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
  forgetKeyFiles();
});

describe('the connection to the master', () => {
  test('is made when needed, and says what it does', async () => {
    const there = await peer();
    const at = shell(there);
    const seen = watch(at);
    expect(at.connection()).toEqual({ phase: 'idle' });
    await at.run(MASTER, ['x']);
    expect(seen.map((state) => state.phase)).toEqual(['connecting', 'connecting', 'connected']);
    expect(at.connection()).toMatchObject({ phase: 'connected', to: '203.0.113.5' });
  });

  test('comes back by itself when the server drops everything', async () => {
    const there = await peer({ exec: (session) => session.command?.includes('ok') && finish(session) });
    const at = shell(there);
    const running = failure(at.run(MASTER, ['hang']));
    await until('the command', () => there.sessions.length === 1);
    const seen = watch(at);
    there.drop();
    expect(await running).toMatchObject({ code: 'ConnectionLost', fault: 'network' });
    await until('the reconnection', () => at.connection().phase === 'connected');
    expect(seen.map((state) => state.phase)).toEqual(['reconnecting', 'connected']);
    expect(seen[0]).toMatchObject({ attempt: 1, why: expect.stringMatching(/closed|reset/i) });
    expect(await at.run(MASTER, ['ok'])).toMatchObject({ code: 0 });
  });

  test('is looked for at the new master when the old one was replaced', async () => {
    const old = await peer({ hostKey: 'ecdsa256' });
    const place = { port: old.port, instanceId: 'i-old' };
    const at = shell(place);
    await at.run(MASTER, ['x']);
    const fresh = await peer();
    Object.assign(place, { port: fresh.port, instanceId: 'i-new' });
    await old.close();
    await until('the new master', () => fresh.accepted() === 1 && at.connection().phase === 'connected');
    expect(await at.run(MASTER, ['x'])).toMatchObject({ code: 0 });
  });

  test('is waited for while nobody knows the master that replaces it', async () => {
    const old = await peer();
    const fresh = await peer();
    let now: Peer | null = old;
    const at = shell(old, {
      master: async () => {
        if (now !== null) return { address: '203.0.113.5' };
        throw new KubecoreError({ what: 'no master', why: 'being replaced', next: 'wait', fault: 'input' });
      },
      addressMap: async () => ({ host: '127.0.0.1', port: now?.port ?? 0 }),
    });
    await at.run(MASTER, ['x']);
    now = null;
    old.drop();
    await until('the reason to show', () => {
      const state = at.connection();
      return state.phase === 'reconnecting' && state.why === 'being replaced';
    });
    now = fresh;
    expect(await at.run(MASTER, ['x'])).toMatchObject({ code: 0 });
    expect(fresh.accepted()).toBe(1);
  });

  test('is waited for while it is refused, then reached; who cannot wait is told why', async () => {
    const place = { port: await freePort() };
    const at = shell(place);
    const error = await failure(at.run(MASTER, ['x'], { timeoutMs: 1_000 }));
    expect(error).toMatchObject({ code: 'Reconnecting', fault: 'network', exitCode: 4 });
    expect(error.why).toContain('connection refused');
    expect(at.connection()).toMatchObject({ phase: 'reconnecting' });
    const waiting = at.run(MASTER, ['x']);
    place.port = (await peer()).port;
    expect(await waiting).toMatchObject({ code: 0 });
  });

  test('is found dead when nothing answers any more', async () => {
    const there = await peer({ exec: (session) => session.command?.includes('ok') && finish(session) });
    const at = shell(there, { limits: { keepalive: 100 } });
    const running = failure(at.run(MASTER, ['hang']));
    await until('the command', () => there.sessions.length === 1);
    there.freeze();
    const error = await running;
    expect(error).toMatchObject({ code: 'ConnectionLost' });
    expect(error.why).toContain('no answer');
    expect(await at.run(MASTER, ['ok'])).toMatchObject({ code: 0 });
  });

  test('is not lost while it only has nothing to say', async () => {
    const there = await peer();
    const at = shell(there, { limits: { keepalive: 20 } });
    await at.run(MASTER, ['x']);
    const since = Date.now();
    await until('some keepalives', () => Date.now() - since > 300);
    await at.run(MASTER, ['x']);
    expect(there.accepted()).toBe(1);
  });

  /** A clock whose owner sleeps: the time goes on, the timers do not. */
  function sleepyClock() {
    const clock = fakeClock();
    let slept = 0;
    return {
      clock: { now: () => clock.now() + slept, sleep: clock.sleep } satisfies Clock,
      advance: clock.advance,
      sleepFor: (ms: number) => {
        slept += ms;
      },
    };
  }

  test('is asked for an answer when this computer wakes: one that holds is kept', async () => {
    const there = await peer();
    const laptop = sleepyClock();
    const at = shell(there, { clock: laptop.clock });
    await at.run(MASTER, ['x']);
    laptop.sleepFor(3_600_000);
    await laptop.advance(2_000);
    // The answer to the probe comes before that of a later request.
    await at.run(MASTER, ['x']);
    await laptop.advance(60_000);
    expect(at.connection().phase).toBe('connected');
    expect(there.accepted()).toBe(1);
  });

  test('is made anew within seconds of waking when the old one is dead', async () => {
    const there = await peer();
    const laptop = sleepyClock();
    const at = shell(there, { clock: laptop.clock });
    await at.run(MASTER, ['x']);
    there.freeze();
    laptop.sleepFor(3_600_000);
    await laptop.advance(7_000);
    await until('the loss to be noticed', () => at.connection().phase === 'reconnecting');
    expect(at.connection()).toMatchObject({ why: expect.stringContaining('since this computer slept') });
    await laptop.advance(500);
    await until('the new connection', () => at.connection().phase === 'connected');
    expect(await at.run(MASTER, ['x'])).toMatchObject({ code: 0 });
    expect(there.accepted()).toBe(2);
  });

  test('does not sit out a long wait when this computer wakes', async () => {
    const place = { port: await freePort() };
    const laptop = sleepyClock();
    const at = shell(place, { clock: laptop.clock });
    const waiting = at.run(MASTER, ['x'], { timeoutMs: 36_000_000 });
    // A long time without network: the waits have grown to their longest.
    for (;;) {
      const wait = () => {
        const state = at.connection();
        return state.phase === 'reconnecting' && state.at > laptop.clock.now() ? state : null;
      };
      await until('the next wait', () => wait() !== null);
      const { at: end, attempt } = wait()!;
      if (attempt === 8) break;
      await laptop.advance(end - laptop.clock.now());
    }
    place.port = (await peer()).port;
    laptop.sleepFor(3_600_000);
    await laptop.advance(2_000);
    expect(await waiting).toMatchObject({ code: 0 });
  });

  test('errors of those who know the master are told, and asked about again', async () => {
    const there = await peer();
    let asked = 0;
    const at = shell(there, {
      master: async () => {
        if (++asked > 1) return { address: '203.0.113.5' };
        throw new KubecoreError({ what: 'AWS is away', why: 'throttled', next: 'wait', fault: 'aws' });
      },
    });
    expect(await at.run(MASTER, ['x'])).toMatchObject({ code: 0 });
    const wrong = shell(there, {
      master: async () => {
        throw new KubecoreError({ what: 'no such cluster', why: 'x', next: 'x', fault: 'input' });
      },
    });
    expect(await failure(wrong.run(MASTER, ['x']))).toMatchObject({ what: 'no such cluster', exitCode: 2 });
    expect(wrong.connection()).toMatchObject({ phase: 'failed' });
  });
});

describe('who the host is', () => {
  test('a first contact is decided by the caller, with both fingerprints', async () => {
    const there = await peer();
    const asked: FirstContact[] = [];
    const trust = createHostTrust({
      ownFile: null,
      userFiles: [],
      firstContact: async (info) => {
        asked.push(info);
        return 'refuse';
      },
    });
    const at = shell(there, { trust });
    const error = await failure(at.run(MASTER, ['x']));
    expect(error).toMatchObject({ code: 'HostKeyRefused', fault: 'node' });
    expect(asked).toEqual([
      {
        address: '203.0.113.5',
        instanceId: 'i-1',
        keyType: 'ssh-ed25519',
        sha256: 'SHA256:AtNF93LnA8oQLBG5bnmV86321Sj86jPyXRTxkjgDRdA',
        md5: 'MD5:69:61:2d:ab:88:ef:e3:ac:17:fc:be:78:83:68:cf:cf',
      },
    ]);
    expect(at.connection()).toMatchObject({ phase: 'failed', error: { code: 'HostKeyRefused' } });
    expect(await failure(at.run(MASTER, ['x']))).toBe(error);
    expect(asked).toHaveLength(1);
  });

  test('a first contact that cannot be decided yet is come back to', async () => {
    const there = await peer();
    let asked = 0;
    const trust = createHostTrust({
      ownFile: null,
      userFiles: [],
      firstContact: async () => {
        if (++asked === 3) return 'trust';
        throw new KubecoreError({ what: 'x', why: 'nothing printed yet', next: 'x', fault: 'network' });
      },
    });
    const at = shell(there, { trust });
    const seen = watch(at);
    expect(await at.run(MASTER, ['x'])).toMatchObject({ code: 0 });
    expect(asked).toBe(3);
    expect(seen).toContainEqual(
      expect.objectContaining({ phase: 'reconnecting', why: 'nothing printed yet', attempt: 2 }),
    );
  });

  test('time that a person takes is nobody’s: no phase and no request runs out of it', async () => {
    const there = await peer();
    let answer: (word: 'trust') => void = () => {};
    const trust = createHostTrust({
      ownFile: null,
      userFiles: [],
      firstContact: () => new Promise((resolve) => (answer = resolve)),
    });
    const clock = fakeClock();
    const at = shell(there, { trust, clock });
    const running = at.run(MASTER, ['x'], { timeoutMs: 1_000 });
    const following = (async () => {
      for await (const lines of at.follow(MASTER, ['x'])) return String(lines[0]);
      return null;
    })();
    const initially = answer;
    await until('the question', () => answer !== initially);
    await clock.advance(600_000);
    answer('trust');
    expect(await running).toMatchObject({ code: 0 });
    expect(await following).toBe('ok');
    // From the answer on, time counts again.
    const hung = await peer({ exec: () => {} });
    const late = shell(hung, { clock });
    const waiting = failure(late.run(MASTER, ['x'], { timeoutMs: 1_000 }));
    await until('the command', () => hung.sessions.length === 1);
    await clock.advance(1_000);
    expect(await waiting).toMatchObject({ code: 'CommandTimedOut' });
  });

  test('a key that changed under the same instance stops everything', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kubecore-reconnect-'));
    const trust = () =>
      createHostTrust({
        ownFile: join(directory, 'hosts'),
        userFiles: [],
        firstContact: async () => 'trust',
      });
    await shell(await peer({ hostKey: 'rsa' }), { trust: trust() }).run(MASTER, ['x']);
    const error = await failure(shell(await peer(), { trust: trust() }).run(MASTER, ['x']));
    expect(error).toMatchObject({ code: 'HostKeyChanged', fault: 'node', exitCode: 4 });
    rmSync(directory, { recursive: true });
  });
});

describe('logging in', () => {
  const only =
    (type: string): NonNullable<PeerOptions['auth']> =>
    (context) => {
      if (context.method === 'publickey' && context.key.algo.includes(type)) context.accept();
      else context.reject(['publickey']);
    };

  test('tries key after key', async () => {
    const there = await peer({ auth: only('ecdsa') });
    const identities = ['ed25519.openssh', 'rsa.pkcs8', 'ecdsa256.pem'].map((name) => ({
      kind: 'file' as const,
      path: keyFile(name),
    }));
    expect(await shell(there, { identities }).run(MASTER, ['x'])).toMatchObject({ code: 0 });
  });

  test('says which keys were tried and what the server takes', async () => {
    const there = await peer({ auth: (context) => context.reject(['publickey', 'password']) });
    const path = keyFile();
    const error = await failure(shell(there, { identities: [{ kind: 'file', path }] }).run(MASTER, ['x']));
    expect(error).toMatchObject({
      code: 'AuthFailed',
      fault: 'node',
      what: '203.0.113.5 did not let core in',
    });
    expect(error.why).toBe(`tried: ${path}; it takes publickey, password`);
    expect(error.next).toContain('--identity');
  });

  test('a server that takes no keys is told of', async () => {
    const passwords = await peer({ auth: (context) => context.reject(['password']) });
    expect((await failure(shell(passwords).run(MASTER, ['x']))).why).toBe('it takes password, and no keys');
  });

  test('a key that cannot be used is the error when there is no other', async () => {
    const there = await peer();
    const identities = [{ kind: 'file' as const, path: '/nonexistent/key.pem' }];
    expect(await failure(shell(there, { identities }).run(MASTER, ['x']))).toMatchObject({
      fault: 'input',
      exitCode: 2,
    });
    const locked = [{ kind: 'file' as const, path: keyFile('ed25519.openssh-encrypted') }];
    expect((await failure(shell(there, { identities: locked }).run(MASTER, ['x']))).why).toContain(
      'encrypted',
    );
  });

  test('an encrypted key asks when the server has accepted it, for as long as it takes', async () => {
    const there = await peer();
    const identities = [{ kind: 'file' as const, path: keyFile('ed25519.openssh-encrypted') }];
    let answer: ((passphrase: string) => void) | null = null;
    const askPassphrase = () => new Promise<string>((resolve) => (answer = resolve));
    const clock = fakeClock();
    const at = shell(there, { identities, askPassphrase, clock });
    const running = at.run(MASTER, ['x']);
    await until('the question', () => answer !== null);
    await clock.advance(600_000);
    answer!('secret');
    expect(await running).toMatchObject({ code: 0 });
  });
});

describe('what is no sshd', () => {
  const quick = { limits: { handshake: 300, login: 300 } };
  const why = async (at: SshShell) => {
    const reason = () => {
      const state = at.connection();
      return state.phase === 'reconnecting'
        ? state.why
        : state.phase === 'failed'
          ? state.error.message
          : null;
    };
    at.run(MASTER, ['x']).catch(() => {});
    await until('a reason', () => reason() !== null);
    return reason();
  };

  test('a server that never says a word', async () => {
    expect(await why(shell(await impostor(() => {}), quick))).toBe('the SSH handshake timed out');
  });

  test('a server that speaks another protocol', async () => {
    const web = await impostor((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const error = await failure(shell(web, quick).run(MASTER, ['x']));
    expect(error).toMatchObject({ code: 'NotSsh' });
    expect(error.why).toContain('HTTP/1.1 400 Bad Request');
  });

  test('a server that sends garbage, in the banner or after it', async () => {
    const noise = Buffer.alloc(300_000, 0x07);
    const before = await failure(
      shell(await impostor((socket) => socket.write(noise)), quick).run(MASTER, ['x']),
    );
    expect(before).toMatchObject({ code: 'NotSsh' });
    expect(before.message).not.toMatch(/[\u0000-\u001f]/);
    const after = await impostor((socket) => {
      socket.write('SSH-2.0-x\r\n');
      socket.write(Buffer.alloc(1000, 0xff));
    });
    expect(await failure(shell(after, quick).run(MASTER, ['x']))).toMatchObject({ code: 'NotSsh' });
  });

  test('a server that closes at once, or after its banner', async () => {
    expect(await why(shell(await impostor((socket) => socket.end()), quick))).toContain(
      'before the handshake',
    );
    const banner = await impostor((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await why(shell(banner, quick))).toContain('before the handshake');
    const busy = await impostor((socket) => socket.end('Exceeded MaxStartups\r\n'));
    expect(await why(shell(busy, quick))).toContain('Exceeded MaxStartups');
  });

  test('a login that never ends', async () => {
    const there = await peer({ auth: () => {} });
    expect(await why(shell(there, { limits: { login: 200 } }))).toBe('the login timed out');
  });

  test('a node behind the master that drops handshakes is tried again', async () => {
    const minion = await peer();
    let dropped = 0;
    const shy = await impostor((socket) => socket.end('Exceeded MaxStartups\r\n'));
    const master = await peer({ forward: () => (++dropped < 3 ? shy.port : minion.port) });
    const at = shell(master);
    expect(await at.run({ kind: 'node', address: '10.0.0.7' }, ['x'])).toMatchObject({ code: 0 });
    expect(dropped).toBe(3);
  });
});
