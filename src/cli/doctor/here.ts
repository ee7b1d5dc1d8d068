/** Owns what doctor finds on this computer: the program, the terminal, the config file, the agent, tools, the sandbox. */
import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { asKubecoreError } from '../../cluster/errors.ts';
import { unknownVariables } from '../../cluster/settings.ts';
import { connectSandbox } from '../../sandbox/process/client.ts';
import { agentKeys } from '../../ssh/agent.ts';
import { awsLocal } from '../backend.ts';
import { shownPath, usualPlaces } from '../config-file.ts';
import type { Context } from '../context.ts';
import { inCi } from '../io.ts';
import { sandboxDirectory } from '../state-directory.ts';
import { VERSION } from '../version.ts';
import { absent, bad, type Finding, ok } from './finding.ts';

export function program({ host }: Context): Finding[] {
  const { node, openssl } = host.versions;
  const major = Number(node.split('.')[0]);
  return [
    ok('kubecore', VERSION),
    major >= 20
      ? ok('node', `${node} (openssl ${openssl}) on ${host.platform} ${host.arch}`)
      : bad('node', node, 'kubecore needs Node 20 or newer'),
  ];
}

/** What it is, how large, and what it can do that screens use. */
export function terminal({ host, io, env }: Context): Finding[] {
  const { stdin, stdout } = host;
  if (inCi(env))
    return [absent('terminal', 'none is used: CI is set, so nothing is asked and no screen is drawn')];
  if (stdin.isTTY !== true || stdout.isTTY !== true)
    return [
      absent('terminal', 'none: standard input or output is not one; screens need it, commands do not'),
    ];
  const depth = stdout.getColorDepth(env);
  const utf8 = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
  const inside = env.TMUX ? 'inside tmux' : env.STY ? 'inside screen' : '';
  const found = [
    [env.TERM ?? 'TERM is not set', env.TERM_PROGRAM, inside].filter(Boolean).join(' '),
    `${stdout.columns}×${stdout.rows}`,
    io.color ? `${2 ** depth} colours` : `no colours${env.NO_COLOR ? ' (NO_COLOR)' : ''}`,
    utf8 ? 'UTF-8' : 'not UTF-8',
    ...(env.TERM === 'dumb' ? [] : ['alternate screen', 'mouse']),
  ].join(', ');
  if (env.TERM === undefined || env.TERM === 'dumb')
    return [
      bad(
        'terminal',
        found,
        'set TERM to what the terminal is, such as xterm-256color: screens move the cursor',
      ),
    ];
  if (stdout.columns < 80 || stdout.rows < 24)
    return [bad('terminal', found, 'make the window 80×24 or larger')];
  if (!utf8) return [bad('terminal', found, 'set LANG to a UTF-8 locale, such as C.UTF-8')];
  const copying = env.TMUX
    ? absent(
        'clipboard',
        'by the terminal (OSC 52), which tmux hands on only when told to',
        'tmux set -g set-clipboard on',
      )
    : ok('clipboard', 'by the terminal (OSC 52), where it allows it');
  return [ok('terminal', found), copying];
}

/** The config file, and variables that were meant for one of its settings. */
export function config({ host, env, settings }: Context): Finding[] {
  const { file, problem, entries } = settings;
  const places = { env, cwd: host.cwd(), home: homedir() };
  const given = entries.filter(({ origin }) => origin.from === 'file').length;
  const read = problem
    ? bad(
        'config file',
        `${problem.what}: ${problem.why}`,
        `${problem.next}; kubecore config shows the lines`,
      )
    : file !== null
      ? ok('config file', `${file}, ${given} setting${given === 1 ? '' : 's'}`)
      : absent(
          'config file',
          `none (looked at ${usualPlaces(places)
            .map((place) => shownPath(place, places.cwd))
            .join(' and ')})`,
        );
  const unknown = unknownVariables(env).map(({ name, meant }) =>
    absent('environment', `nothing reads ${name}`, meant === null ? null : `did you mean ${meant}?`),
  );
  return [read, ...unknown];
}

export async function stateDirectory({ stateDir }: Context): Promise<Finding[]> {
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return [ok('state directory', stateDir)];
  } catch (error) {
    const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : '';
    return [
      bad(
        'state directory',
        `${stateDir} (${why})`,
        'make it writable, or set KUBECORE_STATE_DIR to another',
      ),
    ];
  }
}

export async function agent({ env }: Context): Promise<Finding[]> {
  if (!env.SSH_AUTH_SOCK) return [absent('ssh-agent', 'none (SSH_AUTH_SOCK is not set)', null)];
  try {
    const { length } = await agentKeys(env.SSH_AUTH_SOCK);
    return length > 0
      ? [ok('ssh-agent', `${length} key${length === 1 ? '' : 's'}`)]
      : [absent('ssh-agent', 'it holds no keys', 'ssh-add KEY adds one')];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [bad('ssh-agent', `it does not answer: ${why}`, 'start it anew, or unset SSH_AUTH_SOCK')];
  }
}

export async function tools(context: Context): Promise<Finding[]> {
  const local = awsLocal(context);
  return Promise.all(
    (['aws', 'jq'] as const).map(async (name) => {
      const found = await local.tool(name);
      return found
        ? ok(name, `${found.version} (${found.path})`)
        : absent(name, 'not on the PATH; kubecore does not need it');
    }),
  );
}

export async function sandbox({ stateDir }: Context): Promise<Finding[]> {
  try {
    const client = await connectSandbox(sandboxDirectory(stateDir));
    if (client === null) return [absent('sandbox', 'not running; --sandbox starts it')];
    const { version, stacks } = await client.info();
    const what = `running, ${stacks.length} stack${stacks.length === 1 ? '' : 's'}`;
    return [ok('sandbox', version === VERSION ? what : `${what}, of kubecore ${version}`)];
  } catch (thrown) {
    const error = asKubecoreError(thrown);
    return [bad('sandbox', error.why, error.next)];
  }
}
