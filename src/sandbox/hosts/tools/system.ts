/**
 * Owns the small commands about the host and its files: uname, uptime, date, free, df, ls, ps, id, kill, sleep, sudo, env,
 * timeout, test, printf, mkdir, rm and the like.
 */
import { KERNEL, resolvePath, type Stat } from '../files.ts';
import { processTree } from '../processes.ts';
import { changeMode } from '../programs/basic.ts';
import { test as evaluate } from '../script.ts';
import { writeProblem } from '../shell/run.ts';
import { Killed, type SessionContext, type SessionTool, type User } from '../shell/session.ts';
import { dateParts, formatDate, pad } from '../time-format.ts';
import { unitsOf } from '../unit-state.ts';

const say =
  (text: (context: SessionContext) => string): SessionTool =>
  async (context) => {
    await context.stdout(text(context));
    return 0;
  };

const args = (context: SessionContext): string[] =>
  context.argv.slice(1).filter((one) => !one.startsWith('-'));
const flags = (context: SessionContext): string =>
  context.argv
    .slice(1)
    .filter((one) => /^-[a-zA-Z0-9]/.test(one))
    .join('');

const uname = say((context) => {
  const host = context.machine.state.hostname;
  const version = '#2 SMP Fri Nov 14 23:30:22 UTC 2014';
  const given = flags(context);
  if (given.includes('a'))
    return `Linux ${host} ${KERNEL} ${version} x86_64 Intel(R) Xeon(R) CPU E5-2670 v2 @ 2.50GHz GenuineIntel GNU/Linux\n`;
  const parts = [
    ...(given.includes('s') || given === '' ? ['Linux'] : []),
    ...(given.includes('n') ? [host] : []),
    ...(given.includes('r') ? [KERNEL] : []),
    ...(given.includes('v') ? [version] : []),
    ...(given.includes('m') ? ['x86_64'] : []),
    ...(given.includes('o') ? ['GNU/Linux'] : []),
  ];
  return `${parts.join(' ')}\n`;
});

const uptime = say((context) => {
  const { machine } = context;
  const now = machine.now();
  const d = dateParts(now);
  const minutes = Math.floor((now - machine.state.bootedAt) / 60_000);
  const up = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}`;
  return ` ${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)} up ${up},  1 user,  load average: 0.08, 0.12, 0.09\n`;
});

const date: SessionTool = async (context) => {
  const given = context.argv.slice(1);
  const utc = given.includes('-u') || given.includes('--utc');
  const at = given.findIndex((one) => one === '-d' || one.startsWith('--date'));
  const stamp = at < 0 ? undefined : given[at]!.includes('=') ? given[at]!.split('=')[1] : given[at + 1];
  const ms =
    stamp?.startsWith('@') === true
      ? Number(stamp.slice(1)) * 1000
      : stamp === undefined
        ? context.machine.now()
        : Date.parse(stamp);
  if (Number.isNaN(ms)) {
    await context.stderr(`date: invalid date '${stamp}'\n`);
    return 1;
  }
  await context.stdout(
    `${formatDate(
      ms,
      given.find((one) => one.startsWith('+')),
      utc ? 'UTC' : (context.env.TZ ?? 'UTC'),
    )}\n`,
  );
  return 0;
};

const free = say((context) => {
  const giga = /-g|--giga/.test(context.argv.join(' '))
    ? 1048576
    : /-m|--mega/.test(context.argv.join(' '))
      ? 1024
      : 1;
  const running = context.machine.state.containers.filter((one) => one.finishedAt === null).length;
  const total = 3849420;
  const used = 612340 + running * 18200;
  const cells = (...numbers: number[]): string =>
    numbers.map((one) => String(Math.floor(one / giga)).padStart(11)).join('');
  return `             total       used       free     shared    buffers     cached\nMem:  ${cells(total, used, total - used, 232, 18432, 311296)}\n-/+ buffers/cache:${cells(used - 329728, total - used + 329728)}\nSwap: ${cells(0, 0, 0)}\n`;
});

const df = say((context) =>
  flags(context).includes('h')
    ? 'Filesystem      Size  Used Avail Use% Mounted on\nrootfs          5.6G  312M  5.0G   6% /\ndevtmpfs        1.9G     0  1.9G   0% /dev\ntmpfs           1.9G  228K  1.9G   1% /run\n/dev/xvda9      5.6G  312M  5.0G   6% /\n/dev/xvda3     1008M  286M  671M  30% /usr\n'
    : 'Filesystem     1K-blocks   Used Available Use% Mounted on\nrootfs           5851336 319416   5253968   6% /\ndevtmpfs         1916276      0   1916276   0% /dev\ntmpfs            1924708    228   1924480   1% /run\n/dev/xvda9       5851336 319416   5253968   6% /\n/dev/xvda3       1032088 292104    687556  30% /usr\n',
);

function modeText(stat: Stat): string {
  const bits = 'rwxrwxrwx'.split('').map((letter, index) => (stat.mode & (1 << (8 - index)) ? letter : '-'));
  return (stat.directory ? 'd' : '-') + bits.join('');
}

const ls: SessionTool = async (context) => {
  const given = flags(context);
  const paths = args(context);
  const { files } = context.machine;
  let status = 0;
  const targets = paths.length === 0 ? ['.'] : paths;
  for (const [index, target] of targets.entries()) {
    const path = resolvePath(context.cwd, target);
    const stat = files.stat(path);
    if (stat === undefined) {
      await context.stderr(`ls: cannot access ${target}: No such file or directory\n`);
      status = 2;
      continue;
    }
    const inside = stat.directory && !given.includes('d');
    const found = inside
      ? (files.list(path) ?? []).filter((name) => /[aA]/.test(given) || !name.startsWith('.'))
      : [target];
    if (targets.length > 1 && inside) await context.stdout(`${index > 0 ? '\n' : ''}${target}:\n`);
    if (!given.includes('l')) {
      const end = given.includes('1') || context.tty === null ? '\n' : '  ';
      await context.stdout(found.length === 0 ? '' : `${found.join(end)}\n`);
      continue;
    }
    const rows = found.map((name) => ({ name, stat: files.stat(inside ? `${path}/${name}` : path)! }));
    const width = Math.max(1, ...rows.map((row) => String(row.stat.size).length));
    if (inside)
      await context.stdout(`total ${Math.ceil(rows.reduce((sum, row) => sum + row.stat.size, 0) / 1024)}\n`);
    for (const row of rows) {
      const d = dateParts(row.stat.mtime);
      const when = `${d.monthName} ${String(d.day).padStart(2)} ${pad(d.hour)}:${pad(d.minute)}`;
      await context.stdout(
        `${modeText(row.stat)} 1 ${row.stat.owner} ${row.stat.owner} ${String(row.stat.size).padStart(width)} ${when} ${row.name}\n`,
      );
    }
  }
  return status;
};

const IDS: Record<User, [uid: number, gid: number, groups: string]> = {
  core: [500, 500, '500(core),10(wheel),150(sudo),233(docker),248(systemd-journal),250(portage)'],
  root: [0, 0, '0(root)'],
  nobody: [65534, 65534, '65534(nobody)'],
};

const id: SessionTool = async (context) => {
  const [uid, gid, groups] = IDS[context.user];
  const given = flags(context);
  if (given.includes('u')) await context.stdout(`${given.includes('n') ? context.user : uid}\n`);
  else if (given.includes('g')) await context.stdout(`${given.includes('n') ? context.user : gid}\n`);
  else await context.stdout(`uid=${uid}(${context.user}) gid=${gid}(${context.user}) groups=${groups}\n`);
  return 0;
};

const ps = say((context) => {
  const { state } = context.machine;
  const all = /[aexA]/.test(context.argv.slice(1).join('')) || context.argv.length > 1;
  const rows: { pid: number; user: string; text: string; at: number }[] = [];
  if (all) {
    rows.push({
      pid: 1,
      user: 'root',
      text: '/usr/lib/systemd/systemd --switched-root --system --deserialize 19',
      at: state.bootedAt,
    });
    for (const unit of Object.values(unitsOf(state))) {
      for (const one of [...processTree(unit.main), ...processTree(unit.control)])
        rows.push({ ...one, user: 'root', at: unit.since });
    }
  }
  rows.push({
    pid: context.pid,
    user: context.user,
    text: context.argv.join(' '),
    at: context.machine.now(),
  });
  rows.sort((a, b) => a.pid - b.pid);
  if (!all)
    return `  PID TTY          TIME CMD\n${rows.map((row) => `${String(row.pid).padStart(5)} pts/0    00:00:00 ${row.text.split(' ')[0]}\n`).join('')}`;
  return `USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n${rows
    .map((row) => {
      const d = dateParts(row.at);
      return `${row.user.padEnd(8)} ${String(row.pid).padStart(5)}  0.1  0.4  31208  ${String(5000 + (row.pid % 900)).padStart(4)} ?        Ss   ${pad(d.hour)}:${pad(d.minute)}   0:00 ${row.text}\n`;
    })
    .join('')}`;
});

const SIGNALS: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 };

const kill: SessionTool = async (context) => {
  let signal = 15;
  const pids: string[] = [];
  const given = context.argv.slice(1);
  for (let at = 0; at < given.length; at++) {
    const one = given[at]!;
    const name = one === '-s' ? given[++at] : /^-(.+)$/.exec(one)?.[1];
    if (name === undefined) pids.push(one);
    else signal = SIGNALS[name.replace(/^SIG/, '')] ?? (Number(name) || 15);
  }
  let status = 0;
  for (const pid of pids) {
    if (Number(pid) === Number(context.env.__SHELL_PID)) throw new Killed(signal);
    const unit = Object.values(unitsOf(context.machine.state)).find((one) => one.mainPid === Number(pid));
    if (unit === undefined) {
      await context.stderr(`sh: kill: (${pid}) - No such process\n`);
      status = 1;
    } else if (context.user !== 'root') {
      await context.stderr(`sh: kill: (${pid}) - Operation not permitted\n`);
      status = 1;
    } else if (signal !== 0) context.machine.systemd.kill(unit.name, { kind: 'killed', signal });
  }
  return status;
};

const sleep: SessionTool = async (context) => {
  const words = context.argv.slice(1);
  if (words.length === 0) {
    await context.stderr('sleep: missing operand\n');
    return 1;
  }
  let ms = 0;
  for (const one of words) {
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(one);
    if (match?.[1] === undefined) {
      await context.stderr(`sleep: invalid time interval '${one}'\n`);
      return 1;
    }
    ms += Number(match[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[match[2] || 's'] ?? 1) * 1000;
  }
  await context.sleep(ms);
  return 0;
};

const sudo: SessionTool = async (context) => {
  let user: User = 'root';
  const words = context.argv.slice(1);
  const env: Record<string, string> = {};
  while (words[0]?.startsWith('-') === true) {
    const one = words.shift()!;
    if (one === '-u' || one === '--user') {
      const name = words.shift();
      if (name !== 'root' && name !== 'core' && name !== 'nobody') {
        await context.stderr(`sudo: unknown user: ${name}\n`);
        return 1;
      }
      user = name;
    } else if (one === '-i' || one === '-s') words.unshift(...(words.length === 0 ? ['sh'] : []));
    else if (one === '--') break;
  }
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [key = '', value = ''] = words.shift()!.split(/=(.*)/s);
    env[key] = value;
  }
  if (words.length === 0) {
    await context.stderr(
      'usage: sudo -h | -K | -k | -V\nusage: sudo [-AbEHknPS] [-u user] [VAR=value] [-i|-s] [<command>]\n',
    );
    return 1;
  }
  return context.run(words, {
    user,
    env: { ...env, USER: user, HOME: user === 'root' ? '/root' : `/home/${user}` },
  });
};

const env: SessionTool = async (context) => {
  const words = context.argv.slice(1);
  let base: Record<string, string> = { ...context.env };
  while (words[0] === '-i' || words[0] === '-') {
    base = {};
    words.shift();
  }
  while (words[0] === '-u') {
    words.shift();
    delete base[words.shift() ?? ''];
  }
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [key = '', value = ''] = words.shift()!.split(/=(.*)/s);
    base[key] = value;
  }
  if (words.length > 0) return context.run(words, { env: base });
  await context.stdout(
    Object.entries(base)
      .filter(([key]) => !key.startsWith('__'))
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  return 0;
};

const timeout: SessionTool = async (context) => {
  const words = context.argv.slice(1);
  while (words[0]?.startsWith('-') === true) {
    const one = words.shift()!;
    if (one === '-k' || one === '-s') words.shift();
  }
  const limit = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(words.shift() ?? '');
  if (limit?.[1] === undefined || words.length === 0) {
    await context.stderr("timeout: invalid time interval\nTry 'timeout --help' for more information.\n");
    return 125;
  }
  const ms = Number(limit[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[limit[2] || 's'] ?? 1) * 1000;
  const ended = new AbortController();
  const expired = new AbortController();
  const done = context.run(words, { signal: AbortSignal.any([context.signal, expired.signal]) });
  const alarm = context.hosts.clock
    .sleep(ms * context.hosts.world.speed, AbortSignal.any([context.signal, ended.signal]))
    .then(() => expired.abort(new Error('timed out')))
    .catch(() => {});
  try {
    return await done;
  } catch (error) {
    if (expired.signal.aborted && !context.signal.aborted) return 124;
    throw error;
  } finally {
    ended.abort();
    await alarm;
  }
};

const echo: SessionTool = async (context) => {
  const words = context.argv.slice(1);
  let newline = true;
  let escapes = false;
  while (/^-[neE]+$/.test(words[0] ?? '')) {
    const one = words.shift()!;
    if (one.includes('n')) newline = false;
    if (one.includes('e')) escapes = true;
  }
  const text = words.join(' ');
  await context.stdout(`${escapes ? unescaped(text) : text}${newline ? '\n' : ''}`);
  return 0;
};

function unescaped(text: string): string {
  return text.replace(/\\(n|t|r|a|b|e|\\|0[0-7]{1,3}|x[0-9a-fA-F]{1,2})/g, (_, code: string) => {
    const known: Record<string, string> = {
      n: '\n',
      t: '\t',
      r: '\r',
      a: '\x07',
      b: '\b',
      e: '\x1b',
      '\\': '\\',
    };
    if (known[code] !== undefined) return known[code];
    return String.fromCharCode(
      code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8),
    );
  });
}

const printf: SessionTool = async (context) => {
  const [, format = '', ...words] = context.argv;
  const queue = [...words];
  let text = '';
  do {
    text += unescaped(format).replace(/%(-?\d*)([sdxqb%])/g, (_, width: string, kind: string) => {
      if (kind === '%') return '%';
      const word = queue.shift() ?? (kind === 'd' ? '0' : '');
      const shown =
        kind === 'd'
          ? String(Number.parseInt(word, 10) || 0)
          : kind === 'x'
            ? (Number(word) || 0).toString(16)
            : word;
      const size = Math.abs(Number(width) || 0);
      return width.startsWith('-') ? shown.padEnd(size) : shown.padStart(size);
    });
  } while (queue.length > 0 && /%[-\d]*[sdxqb]/.test(format));
  await context.stdout(text);
  return 0;
};

/** Commands that change files: each path is checked for who may write it. */
function changing(change: (context: SessionContext, path: string) => string | null): SessionTool {
  return async (context) => {
    const name = context.argv[0]?.split('/').at(-1) ?? '';
    const force = name === 'rm' && flags(context).includes('f');
    let status = 0;
    for (const one of args(context)) {
      const path = resolvePath(context.cwd, one);
      const problem = change(context, path);
      if (problem === null || (force && problem.endsWith('No such file or directory'))) continue;
      await context.stderr(`${name}: ${problem.replace('%', one)}\n`);
      status = 1;
    }
    context.machine.touch();
    return status;
  };
}

const mkdir = changing((context, path) => {
  const parents = flags(context).includes('p');
  const { files } = context.machine;
  if (files.stat(path) !== undefined) return parents ? null : "cannot create directory '%': File exists";
  const problem = writeProblem(context.machine, context.user, path);
  if (problem !== null && !(parents && problem === 'No such file or directory'))
    return `cannot create directory '%': ${problem}`;
  files.makeDirectory(path);
  return null;
});

const rm = changing((context, path) => {
  const { files } = context.machine;
  const stat = files.stat(path);
  if (stat === undefined) return "cannot remove '%': No such file or directory";
  if (stat.directory && !/r/i.test(flags(context))) return "cannot remove '%': Is a directory";
  const problem = stat.directory ? null : writeProblem(context.machine, context.user, path);
  if (problem !== null) return `cannot remove '%': ${problem}`;
  files.remove(path);
  return null;
});

const touch = changing((context, path) => {
  const problem = writeProblem(context.machine, context.user, path);
  if (problem !== null) return `cannot touch '%': ${problem}`;
  context.machine.files.write(path, context.readFile(path) ?? '');
  return null;
});

const chmod: SessionTool = async (context) => {
  const [mode = '', ...paths] = context.argv.slice(1).filter((one) => !/^-[Rvf]+$/.test(one));
  let status = 0;
  for (const one of paths) {
    const path = resolvePath(context.cwd, one);
    const stat = context.machine.files.stat(path);
    const next = stat === undefined ? null : changeMode(stat.mode, mode);
    const problem =
      stat === undefined
        ? `cannot access '${one}': No such file or directory`
        : next === null
          ? `invalid mode: '${mode}'`
          : null;
    if (problem !== null) {
      await context.stderr(`chmod: ${problem}\n`);
      status = 1;
    } else context.machine.files.chmod(path, next!);
  }
  context.machine.touch();
  return status;
};

/** cp and mv of single files. */
const copy =
  (move: boolean): SessionTool =>
  async (context) => {
    const [from = '', to = ''] = args(context);
    const name = move ? 'mv' : 'cp';
    const source = resolvePath(context.cwd, from);
    const text = context.machine.files.read(source);
    const stat = context.machine.files.stat(source);
    if (text === undefined || stat === undefined) {
      await context.stderr(`${name}: cannot stat '${from}': No such file or directory\n`);
      return 1;
    }
    let target = resolvePath(context.cwd, to);
    if (context.machine.files.stat(target)?.directory === true)
      target = `${target}/${source.split('/').at(-1)}`;
    const problem = writeProblem(context.machine, context.user, target);
    if (problem !== null) {
      await context.stderr(`${name}: cannot create regular file '${to}': ${problem}\n`);
      return 1;
    }
    context.machine.files.write(target, text, stat.mode);
    if (move) context.machine.files.remove(source);
    context.machine.touch();
    return 0;
  };

const mktemp: SessionTool = async (context) => {
  const directory = flags(context).includes('d');
  const template = args(context)[0] ?? '/tmp/tmp.XXXXXXXXXX';
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const path = resolvePath(
    context.cwd,
    template.replace(/X{3,}$/, (xs) =>
      [...xs].map(() => letters[Math.floor(context.hosts.random() * letters.length)]).join(''),
    ),
  );
  if (directory) context.machine.files.makeDirectory(path);
  else context.machine.files.write(path, '', 0o600);
  await context.stdout(`${path}\n`);
  return 0;
};

const test: SessionTool = async (context) => {
  const words = context.argv.slice(1);
  if (context.argv[0] === '[') {
    if (words.pop() !== ']') {
      await context.stderr("sh: [: missing ']'\n");
      return 2;
    }
  }
  // Paths are relative to the session's directory.
  const resolved = words.map((one, index) =>
    /^-[efdsxrw]$/.test(words[index - 1] ?? '') ? resolvePath(context.cwd, one) : one,
  );
  return evaluate(resolved, context.machine) ? 0 : 1;
};

const which: SessionTool = async (context) => {
  let status = 0;
  for (const name of args(context)) {
    const found = (context.env.PATH ?? '')
      .split(':')
      .find((one) => context.machine.files.isExecutable(`${one}/${name}`));
    if (found === undefined) {
      await context.stderr(`which: no ${name} in (${context.env.PATH ?? ''})\n`);
      status = 1;
    } else await context.stdout(`${found}/${name}\n`);
  }
  return status;
};

const stat: SessionTool = async (context) => {
  for (const one of args(context)) {
    const found = context.machine.files.stat(resolvePath(context.cwd, one));
    if (found === undefined) {
      await context.stderr(`stat: cannot stat '${one}': No such file or directory\n`);
      return 1;
    }
    await context.stdout(
      `  File: '${one}'\n  Size: ${found.size}\t${found.directory ? 'directory' : 'regular file'}\nAccess: (${(found.mode & 0o7777).toString(8).padStart(4, '0')}/${modeText(found)})\n`,
    );
  }
  return 0;
};

const seq: SessionTool = async (context) => {
  const numbers = args(context).map(Number);
  const [from, to] = numbers.length === 1 ? [1, numbers[0]!] : [numbers[0]!, numbers.at(-1)!];
  for (let at = from; at <= to; at++) await context.stdout(`${at}\n`);
  return 0;
};

export const SYSTEM_TOOLS: Record<string, SessionTool> = {
  uname,
  uptime,
  date,
  free,
  df,
  ls,
  id,
  ps,
  kill,
  sleep,
  sudo,
  env,
  timeout,
  echo,
  printf,
  mkdir,
  rm,
  touch,
  chmod,
  cp: copy(false),
  mv: copy(true),
  mktemp,
  test,
  '[': test,
  which,
  stat,
  seq,
  hostname: say(
    (context) => `${context.machine.state.hostname}${context.argv.includes('-f') ? '.ec2.internal' : ''}\n`,
  ),
  pwd: say((context) => `${context.cwd}\n`),
  whoami: say((context) => `${context.user}\n`),
  basename: say(
    (context) =>
      `${(args(context)[0] ?? '')
        .replace(/\/+$/, '')
        .split('/')
        .at(-1)
        ?.replace(new RegExp(`${args(context)[1] ?? '$^'}$`), '')}\n`,
  ),
  dirname: say(
    (context) =>
      `${
        resolvePath(context.cwd, args(context)[0] ?? '')
          .split('/')
          .slice(0, -1)
          .join('/') || '/'
      }\n`,
  ),
  sync: async () => 0,
  nohup: (context) => context.run(context.argv.slice(1)),
  true: async () => 0,
  false: async () => 1,
};
