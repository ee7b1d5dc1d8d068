/** Owns `kubecore doctor`: what kubecore finds on this computer, each with what to do when it is not well. Prints no secret. */
import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { asKubecoreError, EXIT } from '../../cluster/errors.ts';
import { connectSandbox } from '../../sandbox/process/client.ts';
import { agentKeys } from '../../ssh/agent.ts';
import { awsBackend, awsLocal } from '../backend.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';

import { sandboxDirectory } from '../state-directory.ts';
import { table } from '../table.ts';
import { VERSION } from '../version.ts';

/** `absent`: not there, and kubecore does without. */
type State = 'ok' | 'absent' | 'bad';

interface Finding {
  readonly check: string;
  readonly state: State;
  readonly found: string;
  /** null when all is well. */
  readonly next: string | null;
}

const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, next: null });
const absent = (check: string, found: string, next: string | null = null): Finding => ({
  check,
  state: 'absent',
  found,
  next,
});
const bad = (check: string, found: string, next: string): Finding => ({ check, state: 'bad', found, next });

/** How long AWS, an agent or the sandbox may take to answer. */
const PATIENCE_MS = 8_000;

export async function doctor(context: Context): Promise<number> {
  const { io } = context;
  const findings = (
    await Promise.all([
      program(context),
      terminal(context),
      stateDirectory(context),
      agent(context),
      tools(context),
      sandbox(context),
      aws(context),
    ])
  ).flat();
  if (io.format !== 'text') await io.document({ version: VERSION, checks: findings });
  else {
    await io.out(
      table(
        ['CHECK', 'STATE', 'FOUND'],
        findings.map(({ check, state, found }) => [check, state, oneLine(found)]),
      ),
    );
    for (const { check, next } of findings) if (next) await io.out(`next: ${check}: ${oneLine(next)}\n`);
  }
  return findings.some(({ state }) => state === 'bad') ? EXIT.bad : EXIT.done;
}

function program({ host }: Context): Finding[] {
  const { node, openssl } = host.versions;
  const major = Number(node.split('.')[0]);
  return [
    ok('kubecore', VERSION),
    major >= 20
      ? ok('node', `${node} (openssl ${openssl}) on ${host.platform} ${host.arch}`)
      : bad('node', node, 'kubecore needs Node 20 or newer'),
  ];
}

function terminal({ host, io, env }: Context): Finding[] {
  const { stdin, stdout } = host;
  if (stdin.isTTY !== true || stdout.isTTY !== true)
    return [
      absent('terminal', 'none: standard input or output is not one; screens need it, commands do not'),
    ];
  const depth = stdout.getColorDepth(env);
  const size = `${stdout.columns}×${stdout.rows}`;
  const utf8 = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
  const found = `${env.TERM ?? 'TERM is not set'}, ${size}, ${io.color ? `${2 ** depth} colours` : 'no colours'}, ${utf8 ? 'UTF-8' : 'not UTF-8'}`;
  if (stdout.columns < 80 || stdout.rows < 24)
    return [bad('terminal', found, 'make the window 80×24 or larger')];
  if (!utf8) return [bad('terminal', found, 'set LANG to a UTF-8 locale, such as C.UTF-8')];
  return [ok('terminal', found)];
}

async function stateDirectory({ stateDir }: Context): Promise<Finding[]> {
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

async function agent({ env }: Context): Promise<Finding[]> {
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

async function tools(context: Context): Promise<Finding[]> {
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

async function sandbox({ stateDir }: Context): Promise<Finding[]> {
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

/** Where the credentials are is told, never what they are. */
async function aws(context: Context): Promise<Finding[]> {
  const { env, options, guards } = context;
  const place =
    options.profile !== undefined
      ? `profile ${options.profile}`
      : env.AWS_ACCESS_KEY_ID
        ? 'the environment (AWS_ACCESS_KEY_ID)'
        : env.AWS_PROFILE
          ? `profile ${env.AWS_PROFILE} (AWS_PROFILE)`
          : (await there(path.join(homedir(), '.aws', 'credentials'))) ||
              (await there(path.join(homedir(), '.aws', 'config')))
            ? '~/.aws'
            : 'nowhere on this computer';
  try {
    const backend = await awsBackend(context);
    const signal = AbortSignal.any([guards.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const region = ok('AWS region', backend.region);
    try {
      const identity = await backend.cloud.identity(signal);
      return [region, ok('AWS credentials', `${identity.arn}, from ${place}`)];
    } catch (thrown) {
      if (guards.signal.aborted) throw thrown;
      const error = asKubecoreError(thrown);
      const why = signal.aborted ? `no answer within ${PATIENCE_MS / 1000} s` : error.why;
      return [region, credentials(`${why} (looked at: ${place})`, error.next)];
    }
  } catch (thrown) {
    if (guards.signal.aborted) throw thrown;
    const error = asKubecoreError(thrown);
    return [absent('AWS region', error.why, error.next), credentials(`not asked; ${place}`, null)];
  }
}

/** Without AWS the sandbox and --host still work. */
const credentials = (found: string, next: string | null): Finding => absent('AWS credentials', found, next);

const there = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
