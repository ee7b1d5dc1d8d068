/** Owns the commands about files: ls, mkdir, rm, touch, chmod, cp, mv, mktemp, stat, test, which. */

import { test as evaluate } from '../condition.ts';
import { resolvePath, type Stat } from '../files.ts';
import { writeProblem } from '../permissions.ts';
import { changeMode } from '../programs/basic.ts';
import type { SessionContext, SessionTool } from '../shell/session.ts';
import { dateParts, pad } from '../time-format.ts';
import { args, flags } from './arguments.ts';

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

export const FILE_TOOLS: Record<string, SessionTool> = {
  ls,
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
};
