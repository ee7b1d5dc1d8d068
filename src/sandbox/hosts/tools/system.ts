/** Owns the small commands about the host, and those that only print: uname, uptime, date, free, df, echo, printf and the like. */
import { KERNEL, resolvePath } from '../files.ts';
import type { SessionTool } from '../shell/session.ts';
import { dateParts, formatDate, pad } from '../time-format.ts';
import { args, flags, say } from './arguments.ts';

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
  echo,
  printf,
  seq,
  hostname: say(
    (context) => `${context.machine.state.hostname}${context.argv.includes('-f') ? '.ec2.internal' : ''}\n`,
  ),
  pwd: say((context) => `${context.cwd}\n`),
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
  true: async () => 0,
  false: async () => 1,
};
