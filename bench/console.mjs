/**
 * Owns the console's figures: the real program in a pseudo-terminal of 200×60 over a real SSH connection, on a cluster of 256
 * machines, 2,560 units and 5,000 pods that all answer at once. How much of a core it takes while nobody touches it, how long
 * from a key to its frame, and how much memory.
 */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import ssh2 from 'ssh2';

const root = fileURLToPath(new URL('..', import.meta.url));
const COLUMNS = 200;
const ROWS = 60;
const IDLE_MS = 30_000;
const BAR = { share: 0.15, keyMs: 50 };

async function startMaster(folder) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  const parsed = ssh2.utils.parseKey(pem);
  const key = path.join(folder, 'key.pem');
  const publicKey = path.join(folder, 'key.pub');
  await writeFile(key, pem, { mode: 0o600 });
  await writeFile(publicKey, `${parsed.type} ${parsed.getPublicSSH().toString('base64')}\n`);
  const child = spawn(process.execPath, [path.join(root, 'bench', 'console-master.mjs'), publicKey], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: root,
  });
  const port = await new Promise((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(Number(String(data).trim())));
    child.once('exit', (code) => reject(new Error(`the master ended with ${code}`)));
  });
  return { key, port, stop: () => child.stdin.end() };
}

/** The program on a screen that can be read, with the time when each piece of output came. */
function openConsole(args, env) {
  const child = pty.spawn(process.execPath, [path.join(root, 'dist', 'kubecore.js'), ...args], {
    name: 'xterm-256color',
    cols: COLUMNS,
    rows: ROWS,
    cwd: root,
    env,
  });
  const screen = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const watchers = new Set();
  child.onData((data) => {
    const at = performance.now();
    screen.write(data, () => {
      for (const watcher of [...watchers]) watcher(at);
    });
  });
  const text = () =>
    Array.from(
      { length: ROWS },
      (_, row) => screen.buffer.active.getLine(row)?.translateToString(true) ?? '',
    ).join('\n');
  /** Resolves with the time at which the output came that made `shows` true. */
  const until = (shows, what, ms = 60_000) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(watcher);
        reject(new Error(`waited ${ms} ms for ${what}:\n${text()}`));
      }, ms);
      const watcher = (at) => {
        if (!shows(text())) return;
        clearTimeout(timer);
        watchers.delete(watcher);
        resolve(at);
      };
      watchers.add(watcher);
      watcher(performance.now());
    });
  return { child, text, until };
}

/** CPU seconds that a process has used (proc(5), fields 14 and 15, in hundredths). */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const memoryMb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const percentile = (numbers, share) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

/** The selected row of the focused pane, whose lines are heavy. */
const selected = (text) => /┃(▸[^┃]*)┃/.exec(text)?.[1] ?? '';

async function keyTimes({ child, text, until }) {
  const times = [];
  const press = async (key, shows) => {
    const before = text();
    const pressedAt = performance.now();
    child.write(key);
    const shownAt = await until((now) => shows(now, before), `what ${JSON.stringify(key)} does`, 20_000);
    times.push(shownAt - pressedAt);
    // Not in step with the console's own clock.
    await sleep(60 + Math.random() * 120);
  };
  const moves = (now, before) => selected(now) !== selected(before);
  const isOtherwise = (now, before) => now !== before;
  for (const pane of ['4', '2']) {
    await press(pane, (now) => new RegExp(`┏ ${pane} `).test(now));
    for (let i = 0; i < 25; i++) await press('j', moves);
    await press('G', moves);
    await press('g', moves);
    for (let i = 0; i < 6; i++) await press('\x04', moves);
    for (let i = 0; i < 4; i++) await press('o', isOtherwise);
    let typed = '/';
    await press('/', (now) => now.trimEnd().split('\n').at(-1)?.includes(' /') === true);
    for (const letter of 'r-1') {
      typed += letter;
      const words = typed;
      await press(letter, (now) => now.trimEnd().split('\n').at(-1)?.includes(words) === true);
    }
    await press('\x15', (now) => !now.trimEnd().split('\n').at(-1)?.includes('r-1'));
    await press('\x1b', isOtherwise);
    await press('g', isOtherwise).catch(() => undefined);
  }
  return times;
}

export async function consoleAtSize() {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubecore-bench-'));
  const master = await startMaster(folder);
  let open = null;
  try {
    await mkdir(path.join(folder, 'home'));
    const { PATH, LANG } = process.env;
    const env = {
      PATH,
      LANG: LANG ?? 'C.UTF-8',
      HOME: path.join(folder, 'home'),
      TERM: 'xterm-256color',
      KUBECORE_STATE_DIR: path.join(folder, 'state'),
    };
    open = openConsole(
      [
        'console',
        '--host',
        `core@127.0.0.1:${master.port}`,
        '--identity',
        master.key,
        '--accept-new-host-key',
      ],
      env,
    );
    await open.until((text) => /4 Pods 5000/.test(text) && /2 Units 2560/.test(text), 'all rows', 180_000);
    const { pid } = open.child;
    // Until every node's connection stands and the heap has its size.
    await sleep(10_000);
    const before = cpuSeconds(pid);
    const beganAt = performance.now();
    await sleep(IDLE_MS);
    const share = (cpuSeconds(pid) - before) / ((performance.now() - beganAt) / 1000);
    const times = await keyTimes(open);
    const p95 = percentile(times, 0.95);
    const memory = `${Math.round(memoryMb(pid))} MB`;
    return [
      {
        what: 'console idle, 256 machines, 2,560 units, 5,000 pods',
        ratio: share / BAR.share,
        bar: 1,
        detail: `${(share * 100).toFixed(1)} % of a core at a 2 s refresh (bar ${BAR.share * 100} %), ${memory}`,
      },
      {
        what: 'console key to frame, the same cluster',
        ratio: p95 / BAR.keyMs,
        bar: 1,
        detail: `p95 ${p95.toFixed(0)} ms, median ${percentile(times, 0.5).toFixed(0)} ms of ${times.length} keys (bar ${BAR.keyMs} ms)`,
      },
    ];
  } finally {
    open?.child.kill('SIGKILL');
    master.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { what, detail } of await consoleAtSize()) process.stdout.write(`${what}: ${detail}\n`);
}
