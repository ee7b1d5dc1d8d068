/**
 * Owns the small programs that units run: sleep, echo, wget, curl, chmod, mount, etcdctl, test and the like.
 */

import { test } from '../condition.ts';
import type { ProgramContext } from '../processes.ts';
import { formatDate } from '../time-format.ts';
import type { Exit } from '../unit-state.ts';
import type { Program } from './index.ts';

const exited = (status: number): Exit => ({ kind: 'exited', status });

/** A program that takes so long in simulated time, then does something and ends. */
export function finite(
  simulatedMs: number | ((context: ProgramContext) => number),
  end: (context: ProgramContext) => number,
): Program {
  return {
    start(context) {
      const lasts = typeof simulatedMs === 'number' ? simulatedMs : simulatedMs(context);
      context.process.wakeAt = context.machine.after(lasts);
    },
    wake: (context) => exited(end(context)),
  };
}

/** Sleeps simulated time while others wait for it, real time in a running service. */
const sleep: Program = {
  start({ machine, process, waiting }) {
    const seconds = process.argv
      .slice(1)
      .map((one) => Number.parseFloat(one) * ({ m: 60, h: 3600, d: 86_400 }[one.at(-1) ?? ''] ?? 1))
      .reduce((sum, one) => sum + one, 0);
    if (process.argv.slice(1).includes('infinity')) return;
    const ms = (Number.isFinite(seconds) ? seconds : 0) * 1000;
    process.wakeAt = waiting ? machine.after(ms) : machine.now() + ms;
  },
  wake: () => exited(0),
};

const WHERE: Record<string, string> = {
  'storage.googleapis.com': '74.125.228.240',
  's3.amazonaws.com': '54.231.16.200',
};

const wget: Program = {
  start(context) {
    const { process, machine } = context;
    const url = process.argv.find((one) => /^https?:\/\//.test(one));
    if (url === undefined) {
      context.print('wget: missing URL');
      process.wakeAt = machine.after(10);
      process.memo.status = 1;
      return;
    }
    const directory = process.argv[process.argv.indexOf('-P') + 1] ?? '.';
    const name = url.slice(url.lastIndexOf('/') + 1);
    const output = process.argv.includes('-O') ? process.argv[process.argv.indexOf('-O') + 1] : undefined;
    const path = output ?? `${process.argv.includes('-P') ? directory : '/'}/${name}`;
    const host = new URL(url).host;
    const address = WHERE[host] ?? '93.184.216.34';
    const port = url.startsWith('https') ? 443 : 80;
    const stamp = formatDate(machine.now(), '+%Y-%m-%d %H:%M:%S');
    context.print(`--${stamp}--  ${url}`);
    context.later(150, `Resolving ${host}... ${address}`);
    context.later(300, `Connecting to ${host}|${address}|:${port}... connected.`);
    context.later(500, 'HTTP request sent, awaiting response... 200 OK');
    const before = machine.files.stat(path);
    if (process.argv.includes('-N') && before !== undefined) {
      context.later(600, `Server file no newer than local file '${path}' -- not retrieving.`);
      process.wakeAt = machine.after(700);
      return;
    }
    process.memo.path = path;
    const lasts = 7500 + Math.floor(machine.hosts.random() * 4500);
    const size = 6_000_000 + ((name.length * 1_234_567) % 8_000_000);
    const mega = (size / 1_048_576).toFixed(1);
    context.later(550, `Length: ${size} (${mega}M) [application/octet-stream]`);
    context.later(600, `Saving to: '${path}'`);
    for (const percent of [22, 47, 71, 93]) {
      const rate = (0.9 + (percent % 7) / 10).toFixed(2);
      const kilo = Math.floor((size / 1024) * (percent / 100));
      context.later(
        600 + lasts * (percent / 100) * 0.9,
        `${String(kilo).padStart(6)}K .......... .......... .......... .......... .......... ${percent}% ${rate}M ${Math.ceil(((100 - percent) / 100) * (lasts / 1000))}s`,
      );
    }
    process.memo.saved = `(${(size / lasts / 1048.576).toFixed(2)} MB/s) - '${path}' saved [${size}/${size}]`;
    process.wakeAt = machine.after(600 + lasts);
  },
  wake(context) {
    const { machine, process } = context;
    const { path, saved, status } = process.memo;
    if (status !== undefined) return exited(Number(status));
    if (typeof path !== 'string') return exited(0);
    if (machine.unreachable()) {
      context.print('failed: Network is unreachable.');
      return exited(4);
    }
    machine.files.write(path, '', 0o644);
    context.print(`${formatDate(machine.now(), '+%Y-%m-%d %H:%M:%S')} ${saved}`);
    machine.touch();
    return exited(0);
  },
};

const curl = finite(3000, (context) => {
  const { argv } = context.process;
  const at = argv.findIndex((one) => one === '-o' || one === '--output');
  const path = at > 0 ? argv[at + 1] : undefined;
  const url = argv.find((one) => /^https?:\/\//.test(one)) ?? '';
  const target =
    path ?? (argv.some((one) => /^-[a-zA-Z]*O/.test(one)) ? `/${url.slice(url.lastIndexOf('/') + 1)}` : null);
  if (target !== null) context.machine.files.write(target, '', 0o644);
  return 0;
});

/** `+x`, `0755`, `a+rx`: the mode it leaves. */
export function changeMode(mode: number, change: string): number | null {
  if (/^[0-7]{3,4}$/.test(change)) return Number.parseInt(change, 8);
  let result = mode;
  for (const clause of change.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
    if (match?.[2] === undefined) return null;
    const who = match[1] === '' || match[1]!.includes('a') ? 'ugo' : match[1]!;
    let bits = 0;
    for (const letter of match[3]!) {
      const bit = { r: 4, w: 2, x: 1 }[letter] ?? 0;
      for (const one of who) bits |= bit << ({ u: 6, g: 3, o: 0 }[one] ?? 0);
    }
    if (match[2] === '+') result |= bits;
    else if (match[2] === '-') result &= ~bits;
    else result = bits;
  }
  return result;
}

const chmod = finite(30, (context) => {
  const [change = '', ...paths] = context.process.argv.slice(1).filter((one) => !/^-[Rvf]+$/.test(one));
  let status = 0;
  for (const path of paths) {
    const stat = context.machine.files.stat(path);
    const mode = stat === undefined ? null : changeMode(stat.mode, change);
    if (stat === undefined) context.print(`chmod: cannot access '${path}': No such file or directory`);
    else if (mode === null) context.print(`chmod: invalid mode: '${change}'`);
    else context.machine.files.chmod(path, mode);
    if (mode === null) status = 1;
  }
  context.machine.touch();
  return status;
});

/** etcdctl's `set` and `get` as units use them; needs a quorum, as in etcd. */
const etcdctl = finite(60, (context) => {
  const { machine, process } = context;
  const words = process.argv.slice(1).filter((one) => !one.startsWith('-'));
  const [verb, key = '', ...rest] = words;
  const cluster = machine.etcd();
  if (cluster === null) {
    context.print(
      'Error:  501: All the given peers are not reachable (Tried to connect to each peer twice and failed) [0]',
    );
    return 4;
  }
  const path = key.startsWith('/') ? key : `/${key}`;
  if (verb === 'get') {
    const value = cluster.keys[path];
    context.print(value ?? `Error:  100: Key not found (${path}) [${Object.keys(cluster.keys).length}]`);
    return value === undefined ? 4 : 0;
  }
  if (!machine.hasQuorum()) {
    context.print('Error:  300: Raft Internal Error (no leader) [0]');
    return 4;
  }
  const value = rest.join(' ');
  if (verb === 'rm') delete cluster.keys[path];
  else cluster.keys[path] = value;
  if (verb !== 'rm') context.print(value);
  machine.touch();
  return 0;
});

const quick = finite(20, () => 0);

export const BASIC: Record<string, Program> = {
  sleep,
  wget,
  curl,
  chmod,
  etcdctl,
  true: quick,
  false: finite(5, () => 1),
  mount: quick,
  umount: quick,
  modprobe: quick,
  sysctl: quick,
  systemctl: quick,
  ip: quick,
  iptables: quick,
  chown: quick,
  ln: quick,
  touch: finite(5, (context) => {
    for (const path of context.process.argv.slice(1))
      context.machine.files.write(path, context.machine.files.read(path) ?? '');
    return 0;
  }),
  mkdir: finite(5, (context) => {
    for (const path of context.process.argv.slice(1))
      if (!path.startsWith('-')) context.machine.files.makeDirectory(path);
    return 0;
  }),
  rm: finite(5, (context) => {
    for (const path of context.process.argv.slice(1))
      if (!path.startsWith('-')) context.machine.files.remove(path);
    return 0;
  }),
  echo: finite(1, (context) => {
    context.print(context.process.argv.slice(1).join(' '));
    return 0;
  }),
  date: finite(1, (context) => {
    context.print(
      formatDate(
        context.machine.now(),
        context.process.argv.find((one) => one.startsWith('+')),
      ),
    );
    return 0;
  }),
  hostname: finite(1, (context) => {
    context.print(context.machine.state.hostname);
    return 0;
  }),
  test: finite(1, (context) => (test(context.process.argv.slice(1), context.machine) ? 0 : 1)),
};
