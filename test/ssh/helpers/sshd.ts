/** Owns a real OpenSSH sshd on a loopback port, run by the current user with a configuration of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from './clock.ts';

const SSHD = '/usr/sbin/sshd';

/** Why the peer tests cannot run here; null when they can. With KUBECORE_REQUIRE_PEERS=1 they run, and fail. */
export function whyNoSshd(): string | null {
  if (existsSync(SSHD) || process.env.KUBECORE_REQUIRE_PEERS === '1') return null;
  return `${SSHD} is not installed (apt-get install openssh-server)`;
}

export interface Sshd {
  readonly port: number;
  readonly user: string;
  readonly directory: string;
  /** A private key file that it lets in. */
  readonly key: string;
  /** `ssh-ed25519 AAAA… comment` of its host key. */
  readonly hostKey: string;
  readonly process: ChildProcess;
  log(): string;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startSshd(config: readonly string[] = []): Promise<Sshd> {
  const directory = mkdtempSync(join(tmpdir(), 'kubecore-sshd-'));
  const at = (name: string) => join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('host')]);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('key')]);
  writeFileSync(at('authorized_keys'), readFileSync(at('key.pub')), { mode: 0o600 });
  // Debian's sshd wants its privilege separation directory even so.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    `PidFile ${at('pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'LogLevel VERBOSE',
    ...config,
  ];
  writeFileSync(at('sshd_config'), `${lines.join('\n')}\n`);
  const child = spawn(SSHD, ['-D', '-f', at('sshd_config'), '-E', at('log')], { stdio: 'ignore' });
  const log = () => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : '');
  await until('sshd to listen', async () => {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    return new Promise<boolean>((resolve) => {
      const probe = connect({ port, host: '127.0.0.1' });
      probe.once('connect', () => {
        probe.destroy();
        resolve(true);
      });
      probe.once('error', () => resolve(false));
    });
  });
  return {
    port,
    user: userInfo().username,
    directory,
    key: at('key'),
    hostKey: readFileSync(at('host.pub'), 'utf8').trim(),
    process: child,
    log,
    async stop() {
      if (child.exitCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
