/** Forwarding against Debian's own sshd: to a port of its loopback, to a Unix socket, and what refuses. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openForward } from '../../src/cli/tunnel.ts';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { MASTER } from '../../src/cluster/ports.ts';
import { createShell, type SshShell } from '../../src/ssh/shell.ts';
import { createHostTrust } from '../../src/ssh/trust.ts';
import { realClock } from './helpers/clock.ts';
import { type Sshd, startSshd, whyNoSshd } from './helpers/sshd.ts';

const missing = whyNoSshd();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('with OpenSSH’s sshd', () => {
  const servers: Server[] = [];
  let folder: string;
  let sshd: Sshd;
  let shell: SshShell;
  let port: number;

  /** A web server that says its name and how much it was sent. */
  async function web(name: string, at: string | number): Promise<Server> {
    const server = createServer((request, response) => {
      let length = 0;
      request.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      request.on('end', () => response.end(`${name} got ${length} ${'.'.repeat(200_000)}`));
    });
    servers.push(server);
    await new Promise<void>((resolve) =>
      typeof at === 'string' ? server.listen(at, resolve) : server.listen(at, '127.0.0.1', resolve),
    );
    return server;
  }

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'kubecore-forward-'));
    port = ((await web('port', 0)).address() as AddressInfo).port;
    await web('socket', path.join(folder, 'fleet.sock'));
    sshd = await startSshd();
    shell = createShell({
      master: async () => ({ address: '127.0.0.1' }),
      user: sshd.user,
      port: sshd.port,
      identities: [{ kind: 'file', path: sshd.key }],
      trust: createHostTrust({ ownFile: null, userFiles: [], firstContact: async () => 'trust' }),
      clock: realClock,
      random: () => 0,
    });
  });
  afterAll(async () => {
    await shell?.close();
    await sshd?.stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('requests go to a port and to a socket, many at once, whole', async () => {
    for (const [name, to] of [
      ['port', { port }],
      ['socket', { socket: path.join(folder, 'fleet.sock') }],
    ] as const) {
      const forward = await openForward({ shell, to, port: 0, flag: '--x', failed: () => {} });
      const answers = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const init = { method: 'POST', body: 'x'.repeat(100_000) };
          return (await fetch(`http://127.0.0.1:${forward.port}/`, init)).text();
        }),
      );
      for (const answer of answers) expect(answer).toBe(`${name} got 100000 ${'.'.repeat(200_000)}`);
      await forward.close();
      await expect(fetch(`http://127.0.0.1:${forward.port}/`)).rejects.toThrow();
    }
  });

  test('where nothing listens the connection ends, the reason is told, and the port stays', async () => {
    const told: KubecoreError[] = [];
    const forward = await openForward({
      shell,
      to: { socket: path.join(folder, 'nothing.sock') },
      port: 0,
      flag: '--x',
      failed: (error) => told.push(error),
    });
    for (let i = 0; i < 2; i++) await expect(fetch(`http://127.0.0.1:${forward.port}/`)).rejects.toThrow();
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ fault: 'network' });
    expect(told[0]?.what).toContain('nothing.sock cannot be reached');
    await forward.close();
    await expect(shell.forward(MASTER, { port: 1 })).rejects.toMatchObject({ fault: 'network' });
  });

  test('a port that is taken is refused', async () => {
    const taken = openForward({ shell, to: { port }, port, flag: '--api-port', failed: () => {} });
    await expect(taken).rejects.toThrow(`--api-port ${port} cannot be used: another program listens there`);
  });
});
