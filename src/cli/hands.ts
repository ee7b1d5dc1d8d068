/** Owns what the console can do beside looking (ui/hands.ts), filled for this computer, its terminal and the cluster behind. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { inputError } from '../cluster/errors.ts';
import type { Cluster } from '../cluster/model.ts';
import type { NodeRef } from '../cluster/ports.ts';
import { scalable, scale } from '../cluster/scale.ts';
import type { SshShell } from '../ssh/shell.ts';
import type { Hands, TerminalEnded } from '../ui/hands.ts';
import { sanitise } from '../ui/sanitise.ts';
import type { ChosenBackend } from './backend.ts';
import type { Context } from './context.ts';
import { fileTrouble } from './file-trouble.ts';
import { withTerminal } from './lending.ts';
import { systemClock, systemRandom } from './system.ts';
import { terminalPty } from './terminal-pty.ts';

export interface HandsOptions {
  readonly shell: SshShell;
  readonly cluster: Cluster;
  readonly flags: readonly string[];
  /** null when attached by --host. */
  readonly backend: ChosenBackend | null;
  /** Another connection to the same cluster: scaling closes its own. */
  readonly again: (() => SshShell) | null;
}

/** xterm gives up beyond this; others take more. */
const CLIPBOARD_BYTES = 74_994;
const FILE_BYTES = 1024 * 1024;

export function createHands(context: Context, options: HandsOptions): Hands {
  const { host, env } = context;
  const { shell, cluster, backend, again } = options;
  const cwd = process.cwd();
  const whole = (file: string): string =>
    path.resolve(cwd, file.startsWith('~/') ? path.join(homedir(), file.slice(2)) : file);
  return {
    readOnly: context.options.readOnly,
    flags: options.flags,
    shell,
    terminal: (node, { command, title, pause }) =>
      withTerminal(host, async () => {
        host.stdout.write(`${sanitise(title)}\n`);
        const ended = await onNode(context, shell, node, command);
        if (pause === true) await anyKey(host);
        return ended;
      }),
    edit: (name, text) =>
      withTerminal(host, async () => {
        const folder = await mkdtemp(path.join(tmpdir(), 'kubecore-edit-'));
        const file = path.join(folder, path.basename(name));
        try {
          await writeFile(file, text, { mode: 0o600 });
          const editor = env.VISUAL || env.EDITOR || 'vi';
          const code = await run(editor, file, env);
          return code === 0 ? await readFile(file, 'utf8') : null;
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }),
    async readFile(file) {
      const found = whole(file);
      const known = await stat(found).catch((error: NodeJS.ErrnoException) => {
        throw inputError(`${file} cannot be read`, fileTrouble(error), 'check the path');
      });
      if (!known.isFile()) throw inputError(`${file} cannot be read`, 'it is not a file', 'check the path');
      if (known.size > FILE_BYTES)
        throw inputError(`${file} is not sent`, `it has ${known.size} bytes`, 'give a file under 1 MiB');
      const bytes = await readFile(found).catch((error: NodeJS.ErrnoException) => {
        throw inputError(`${file} cannot be read`, fileTrouble(error), 'check the path');
      });
      return { path: found, bytes };
    },
    async pathsLike(begin) {
      const slash = begin.lastIndexOf('/') + 1;
      const [folder, start] = [begin.slice(0, slash), begin.slice(slash)];
      const entries = await readdir(whole(folder === '' ? '.' : folder), { withFileTypes: true }).catch(
        () => [],
      );
      return entries
        .filter(({ name }) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
        .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
        .sort()
        .slice(0, 200);
    },
    async saveFile(file, text) {
      const target = whole(file);
      await writeFile(target, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EEXIST'
          ? inputError(`${file} was not written`, 'there is a file of that name', 'choose another name')
          : inputError(`${file} was not written`, fileTrouble(error), 'choose another place');
      });
      return target;
    },
    copy(text) {
      const bytes = Buffer.from(text, 'utf8');
      if (bytes.length > CLIPBOARD_BYTES) return false;
      host.stdout.write(`\x1b]52;c;${bytes.toString('base64')}\x07`);
      if (env.TMUX) tmuxBuffer(bytes, env);
      return true;
    },
    scale:
      backend === null || again === null
        ? null
        : async function* (size, signal) {
            await scalable(backend.cloud, cluster, signal);
            yield* scale({
              cluster,
              size,
              cloud: backend.cloud,
              shell: again,
              clock: systemClock,
              random: systemRandom,
              signal,
              poll: backend.polling,
            });
          },
  };
}

/** tmux hears OSC 52 only where it was told to; its own command always works, and passes the text on to the terminal outside. */
function tmuxBuffer(bytes: Buffer, env: NodeJS.ProcessEnv): void {
  const child = spawn('tmux', ['load-buffer', '-w', '-'], { stdio: ['pipe', 'ignore', 'ignore'], env });
  // Without it, or an older one: the escape sequence has to do.
  child.once('error', () => undefined);
  child.stdin.once('error', () => undefined);
  child.stdin.end(bytes);
}

/** A session on a node with the local terminal as its own. */
async function onNode(
  { host, env, guards }: Context,
  shell: SshShell,
  node: NodeRef,
  command: readonly string[] | undefined,
): Promise<TerminalEnded> {
  const { stdin, stdout, stderr } = host;
  stdin.setRawMode(true);
  try {
    return await shell.openTerminal(node, {
      ...(command ? { command } : {}),
      pty: terminalPty(stdout, env),
      stdin,
      stdout,
      stderr,
      signal: guards.signal,
    });
  } finally {
    stdin.setRawMode(false);
  }
}

/** Until any key is pressed. */
async function anyKey({ stdin, stdout }: NodeJS.Process): Promise<void> {
  stdout.write('\n[any key: back to the console] ');
  stdin.setRawMode(true);
  await new Promise<void>((done) => stdin.once('data', () => done()).resume());
  stdin.pause();
  stdin.setRawMode(false);
}

/** $EDITOR may hold options: the shell takes it apart, as git has it. The exit code. */
async function run(editor: string, file: string, env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env });
  return new Promise((done) => {
    child.once('error', () => done(127));
    child.once('exit', (code) => done(code ?? 1));
  });
}
