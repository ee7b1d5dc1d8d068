/** Owns the ground of the SSH figures: one sshd on loopback, OpenSSH's client with a ControlMaster, and our client's bundle. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const SSHD = '/usr/sbin/sshd';
const run = promisify(execFile);

/** Why the figures cannot be taken here; null when they can. */
export function whyNoSshd() {
  if (!existsSync(SSHD)) return `${SSHD} is not installed (apt-get install openssh-server)`;
  return existsSync('/usr/bin/ssh') ? null : 'ssh is not installed (apt-get install openssh-client)';
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port, child) {
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) throw new Error('sshd ended');
    const open = await new Promise((resolve) => {
      const probe = connect({ port, host: '127.0.0.1' });
      probe.once('connect', () => {
        probe.destroy();
        resolve(true);
      });
      probe.once('error', () => resolve(false));
    });
    if (open) return;
    await sleep(10);
  }
  throw new Error('sshd does not listen');
}

async function bundle(folder) {
  const nativeParts = {
    name: 'native-parts-stay-outside',
    setup(b) {
      b.onResolve({ filter: /\.node$/ }, (args) => ({ path: args.path, external: true }));
      b.onResolve({ filter: /^cpu-features$/ }, (args) => ({ path: args.path, external: true }));
    },
  };
  await build({
    absWorkingDir: root,
    entryPoints: { client: 'bench/ssh-client.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    mainFields: ['module', 'main'],
    conditions: ['node', 'import'],
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: {
      js: [
        "import{createRequire as __kubecoreRequire}from'node:module';",
        "import{fileURLToPath as __kubecorePath}from'node:url';",
        'const require=__kubecoreRequire(import.meta.url),__filename=__kubecorePath(import.meta.url),',
        "__dirname=__kubecorePath(new URL('.',import.meta.url));",
      ].join(''),
    },
    plugins: [nativeParts],
  });
  return path.join(folder, 'client.mjs');
}

/**
 * @returns `ours(mode, ...)`: the figures that our client prints, with the whole process's milliseconds; `ssh(line, how)`: the
 *   milliseconds of one `ssh`; `master()`: starts the ControlMaster; `bin`: a folder in front of the far side's PATH; `stop()`.
 */
export async function startGround() {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubecore-bench-ssh-'));
  const at = (name) => path.join(folder, name);
  await mkdir(at('bin'));
  for (const name of ['host', 'key']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  }
  await writeFile(at('authorized_keys'), await readFile(at('key.pub')), { mode: 0o600 });
  if (process.getuid() === 0) await mkdir('/run/sshd', { recursive: true });
  const port = await freePort();
  const { username } = userInfo();
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    `PidFile ${at('pid')}`,
    // An own home: what the user's shell does at its start is not ours to measure.
    `SetEnv PATH=${at('bin')}:/usr/local/bin:/usr/bin:/bin HOME=${folder}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
  ];
  await writeFile(at('sshd_config'), `${config.join('\n')}\n`);
  await writeFile(at('known_hosts'), `[127.0.0.1]:${port} ${await readFile(at('host.pub'), 'utf8')}`);
  const sshd = spawn(SSHD, ['-D', '-f', at('sshd_config'), '-E', at('log')], { stdio: 'ignore' });
  const stop = async () => {
    sshd.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listening(port, sshd);
    const client = await bundle(folder);
    const common = [
      ...['-F', 'none', '-p', String(port), '-i', at('key'), '-o', `UserKnownHostsFile=${at('known_hosts')}`],
      ...['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'],
    ];
    const viaMaster = ['-o', `ControlPath=${at('control')}`];
    const target = `${username}@127.0.0.1`;
    return {
      folder,
      bin: at('bin'),
      async ours(mode, ...rest) {
        const args = [
          client,
          mode,
          String(port),
          username,
          at('key'),
          at('known_hosts'),
          ...rest.map(String),
        ];
        const startedAt = performance.now();
        const { stdout } = await run(process.execPath, args);
        return { processMs: performance.now() - startedAt, ...JSON.parse(stdout) };
      },
      async ssh(line, { multiplexed = false } = {}) {
        const startedAt = performance.now();
        await run('ssh', [...common, ...(multiplexed ? viaMaster : []), target, line], {
          maxBuffer: 1 << 26,
        });
        return performance.now() - startedAt;
      },
      /** As a person would: `ssh … | cat`. */
      async sshPiped(line) {
        const startedAt = performance.now();
        const words = ['ssh', ...common, target, line].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
        await run('sh', ['-c', `${words.join(' ')} | cat > /dev/null`]);
        return performance.now() - startedAt;
      },
      async master() {
        execFileSync('ssh', [...common, ...viaMaster, '-M', '-N', '-f', target], { stdio: 'ignore' });
        return () =>
          execFileSync('ssh', [...common, ...viaMaster, '-O', 'exit', target], { stdio: 'ignore' });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
