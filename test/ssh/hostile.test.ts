/** Servers that are broken or mean it: each gives a clear error or works, within bounds of memory and time. */
import { readFileSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { MASTER } from '../../src/cluster/ports.ts';
import { holdGreeting, identificationEnd } from '../../src/ssh/greeting.ts';
import type { SshShell } from '../../src/ssh/shell.ts';
import { FIXTURES, finish, forgetKeyFiles, keyFile, shellAt, startPeer } from './helpers/peer.ts';

const closing: (() => Promise<unknown>)[] = [];
/** Enough for a slow machine, where the limits are not what is asked for. */
const PATIENT = { dial: 10_000, handshake: 10_000, login: 10_000, keepalive: 0 };
const HASTY = { ...PATIENT, handshake: 500, login: 500 };

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let key: string;
beforeAll(() => {
  key = keyFile();
});
afterAll(forgetKeyFiles);

/** A server that does what it likes with each connection. */
async function impostor(act: (socket: Socket) => void): Promise<{ port: number; accepted(): number }> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => {});
    act(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(resolve);
      }),
  );
  return { port: (server.address() as { port: number }).port, accepted: () => accepted };
}

function shell(at: { port: number }, limits = PATIENT): SshShell {
  const made = shellAt(at, { limits, identities: [{ kind: 'file', path: key }] });
  closing.push(() => made.close());
  return made;
}

/** What a request gets: a result, or the error that it is told, also of a network's kind, which is tried again without end. */
async function verdict(
  at: { port: number },
  limits = PATIENT,
  timeoutMs = 15_000,
): Promise<KubecoreError | 'works'> {
  const made = shell(at, limits);
  const told = new Promise<KubecoreError | 'works'>((resolve) => {
    made.subscribe(() => {
      const state = made.connection();
      if (state.phase === 'reconnecting') {
        resolve(
          new KubecoreError({ what: state.to, why: state.why, next: '-', fault: 'network', code: 'Retried' }),
        );
      }
    });
    made.run(MASTER, ['x'], { timeoutMs }).then(
      () => resolve('works'),
      (error) => resolve(error),
    );
  });
  const result = await told;
  await made.close();
  return result;
}

describe('a greeting', () => {
  test('in any pieces is given on whole, and the stream is itself again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('hello\r\n', '\n', 'SSH\n', 'xSSH-2.0\n', 'a'.repeat(50)), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
        (lines, sizes) => {
          const before = lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('');
          const whole = Buffer.from(`${before}SSH-2.0-x\r\nrest of it`);
          const stream = new PassThrough();
          const held = holdGreeting(stream, () => expect.fail('not too long'));
          const got: Buffer[] = [];
          stream.on('data', (bytes) => got.push(bytes));
          let at = 0;
          for (let i = 0; at < whole.length; i++) {
            const size = sizes[i % sizes.length] as number;
            stream.emit('data', whole.subarray(at, at + size));
            at += size;
          }
          expect(Buffer.concat(got).equals(whole)).toBe(true);
          expect(identificationEnd(got[0] as Buffer)).toBeGreaterThan(0);
          expect(held.first()?.[0]).toBe(whole[0]);
          expect(Object.hasOwn(stream, 'emit')).toBe(false);
        },
      ),
    );
  });

  test('of many lines, one byte at a time, is heard out', async () => {
    const there = await startPeer({ exec: (session) => finish(session) });
    closing.push(() => there.close());
    const slow = await impostor((socket) => {
      const real = dial({ port: there.port, host: '127.0.0.1' });
      real.on('error', () => {});
      socket.setNoDelay(true);
      socket.pipe(real);
      let pieces = [...Buffer.from('Welcome.\r\nAll is logged.\r\n')].map((byte) => Buffer.of(byte));
      real.once('data', (bytes: Buffer) => {
        pieces = [...pieces, ...[...bytes].map((byte) => Buffer.of(byte))];
        real.pause();
        const next = () => {
          const piece = pieces.shift();
          if (piece === undefined) return void real.pipe(socket);
          socket.write(piece, () => setImmediate(next));
        };
        next();
      });
    });
    expect(await verdict(slow)).toBe('works');
  });

  test('of 10 MB is an error long before its end, and costs no memory', async () => {
    let sent = 0;
    const flood = await impostor((socket) => {
      const line = Buffer.alloc(16_384, 'x'.repeat(99).concat('\n'));
      const pour = () => {
        while (sent < 10_000_000 && !socket.destroyed) {
          sent += line.length;
          if (!socket.write(line)) return void socket.once('drain', pour);
        }
      };
      pour();
    });
    expect(await verdict(flood)).toMatchObject({
      code: 'NotSsh',
      fault: 'node',
      why: expect.stringMatching(/more than 256 KiB without naming itself, beginning with "xxx/),
    });
  });

  test.each([
    ['never ends a line', 'SSH-2.0-'.concat('y'.repeat(100_000))],
    ['says nothing', ''],
  ])('that %s is not waited for', async (_, text) => {
    const there = await impostor((socket) => void socket.write(text));
    expect(await verdict(there, HASTY)).toMatchObject({
      why: expect.stringContaining('SSH handshake timed out'),
    });
  });
});

test('a server that closes at each byte of the handshake is told of, and tried again', async () => {
  // What a real server says, recorded once; every prefix of it, six at a time.
  const there = await startPeer({ exec: (session) => finish(session) });
  closing.push(() => there.close());
  const said: Buffer[] = [];
  const tap = await impostor((socket) => {
    const real = dial({ port: there.port, host: '127.0.0.1' });
    real.on('error', () => {});
    real.on('data', (bytes) => said.push(bytes));
    real.pipe(socket);
    socket.pipe(real);
  });
  expect(await verdict(tap)).toBe('works');
  const whole = Buffer.concat(said).subarray(0, 1_600);
  const cuts = [...Array(whole.length).keys()];
  const lanes = Array.from({ length: 6 }, async () => {
    let length = 0;
    const closer = await impostor((socket) => void socket.end(whole.subarray(0, length)));
    for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) {
      length = cut;
      const error = await verdict(closer);
      expect(error, `cut at ${length}`).toBeInstanceOf(KubecoreError);
      expect((error as KubecoreError).fault, `cut at ${length}: ${(error as KubecoreError).why}`).toMatch(
        /network|node/,
      );
      expect((error as KubecoreError).why).not.toBe('');
    }
  });
  await Promise.all(lanes);
}, 180_000);

test('garbage of any kind is an error that a terminal can show', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        '',
        'SSH-2.0-x\r\n',
        'SSH-1.5-old\r\n',
        'HTTP/1.1 400 Bad Request\r\n\r\n',
        '\u001b[2J\r\n',
      ),
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      async (start, noise, closes) => {
        const there = await impostor((socket) => {
          socket.write(start);
          if (closes) socket.end(noise);
          else socket.end(Buffer.concat([noise, Buffer.alloc(70_000, 0xff)]));
        });
        const error = await verdict(there);
        expect(error).toBeInstanceOf(KubecoreError);
        expect((error as KubecoreError).fault).toMatch(/network|node/);
        expect((error as KubecoreError).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      },
    ),
    { numRuns: 40 },
  );
});

test('bytes that change on the way are an error or do no harm, wherever they are', async () => {
  const there = await startPeer({
    exec: ({ channel }) => {
      for (let i = 0; i < 20; i++) channel.write(`line ${i}\n`);
      channel.exit(0);
      channel.end();
    },
  });
  closing.push(() => there.close());
  await fc.assert(
    fc.asyncProperty(
      // The handshake is some 1,600 bytes, the login and the command as many again.
      fc.integer({ min: 0, max: 3_600 }),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom('flip', 'drop', 'repeat'),
      async (place, bits, how) => {
        const tamperer = await impostor((socket) => {
          const real = dial({ port: there.port, host: '127.0.0.1' });
          real.on('error', () => {});
          real.on('close', () => socket.destroy());
          socket.on('close', () => real.destroy());
          socket.pipe(real);
          let seen = 0;
          real.on('data', (bytes: Buffer) => {
            const at = place - seen;
            seen += bytes.length;
            if (at < 0 || at >= bytes.length) return void socket.write(bytes);
            const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1)];
            const byte = bytes[at] as number;
            const changed = how === 'flip' ? [byte ^ bits] : how === 'drop' ? [] : [byte, byte];
            socket.write(Buffer.concat([before, Buffer.from(changed), after]));
          });
        });
        const told = await verdict(tamperer, HASTY, 1_000);
        if (told === 'works') return;
        expect(told).toBeInstanceOf(KubecoreError);
        expect(told.fault).toMatch(/network|node/);
        expect(told.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test.each([
  ['one of 30 KB', 30_000],
  ['one longer than any packet', 2_000_000],
])('a banner at the login, %s, is heard or refused', async (_, length) => {
  const hostKey = readFileSync(join(FIXTURES, 'ed25519.openssh'));
  const talker = new ssh2.Server(
    { hostKeys: [hostKey], banner: `${'\u001b[2Jw'.repeat(length / 5)}` },
    (client) => {
      client.on('error', () => {});
      client.on('authentication', (context) => context.reject(['publickey']));
    },
  );
  await new Promise<void>((resolve) => talker.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => talker.close(() => resolve(null))));
  const error = await verdict({ port: (talker.address() as { port: number }).port });
  expect(error).toBeInstanceOf(KubecoreError);
  expect((error as KubecoreError).message.length).toBeLessThan(1_000);
  expect((error as KubecoreError).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test('a server that offers only dead algorithms is named as such', async () => {
  const hostKey = readFileSync(join(FIXTURES, 'rsa.openssh'));
  const old = new ssh2.Server(
    {
      hostKeys: [hostKey],
      algorithms: { kex: ['diffie-hellman-group1-sha1'], cipher: ['3des-cbc'], hmac: ['hmac-md5'] },
    },
    (client) => client.on('error', () => {}),
  );
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => old.close(() => resolve(null))));
  const error = await verdict({ port: (old.address() as { port: number }).port });
  expect(error).toMatchObject({ code: 'NoCommonAlgorithm', fault: 'node' });
  expect((error as KubecoreError).next).toContain('sshd_config');
});

test('standard error without end, beside a log: its lines come, memory stays', async () => {
  const there = await startPeer({
    exec: ({ channel }) => {
      const noise = Buffer.alloc(32_768, 'e');
      let sent = 0;
      const pour = () => {
        while (sent < 150_000_000 && channel.writable) {
          sent += noise.length;
          if (!channel.stderr.write(noise)) return void channel.stderr.once('drain', pour);
        }
        channel.write('line\n');
        channel.exit(0);
        channel.end();
      };
      pour();
    },
  });
  closing.push(() => there.close());
  const lines: string[] = [];
  for await (const batch of shell(there).follow(MASTER, ['x'])) lines.push(...batch.map(String));
  expect(lines).toHaveLength(1);
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(100_000_000);
});

test('a session that is opened and closed without a word ends what waits for it', async () => {
  const there = await startPeer({ exec: ({ channel }) => void channel.close() });
  closing.push(() => there.close());
  expect(await verdict(there)).toMatchObject({ code: 'NoExitStatus' });
});
