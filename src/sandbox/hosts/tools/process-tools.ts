/** Owns the commands about processes and who runs them: ps, kill, sleep, timeout, sudo, env, id, nohup. */
import { processTree } from '../processes.ts';
import { Killed, type SessionTool, type User } from '../shell/session.ts';
import { dateParts, pad } from '../time-format.ts';
import { unitsOf } from '../unit-state.ts';
import { flags, say } from './arguments.ts';

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

export const PROCESS_TOOLS: Record<string, SessionTool> = {
  ps,
  kill,
  sleep,
  timeout,
  sudo,
  env,
  id,
  whoami: say((context) => `${context.user}\n`),
  nohup: (context) => context.run(context.argv.slice(1)),
};
