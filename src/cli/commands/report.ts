/**
 * Owns `kubecore report`: what a maintainer needs to understand a trouble, gathered without secrets, shown, and only then and
 * only with a yes written to a file.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { asKubecoreError, EXIT, inputError, KubecoreError } from '../../cluster/errors.ts';
import type { StackEvent } from '../../cluster/ports.ts';
import { secretsOf } from '../../cluster/redact.ts';
import { snapshot, statusDocument } from '../../cluster/status.ts';
import { logFile } from '../../sandbox/process/paths.ts';
import { openTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { createDebug } from '../debug-log.ts';
import { fileTrouble } from '../file-trouble.ts';
import { errorText } from '../io.ts';
import { confirm } from '../prompt.ts';
import { cleanDeep, cleaner, type ReportSection, reportText } from '../report-text.ts';
import { sandboxDirectory } from '../state-directory.ts';
import { systemClock, systemRandom } from '../system.ts';
import { VERSION } from '../version.ts';
import { findings } from './doctor.ts';

/** How long a cluster that may be in trouble is waited for. */
const PATIENCE_MS = 45_000;
const EVENTS = 60;
const SANDBOX_LINES = 60;
/** Variables that change what kubecore does. */
const TELLING =
  /^(AWS_|KUBECORE_|FLEETCTL_|KUBERNETES_)|^(CI|TERM|COLORTERM|NO_COLOR|LANG|LC_ALL|LC_CTYPE|SHELL|SSH_AUTH_SOCK|TMUX|HTTPS?_PROXY|NO_PROXY)$/i;

export async function report(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, env, guards } = context;
  const file = typeof flags.file === 'string' ? flags.file : null;
  if (flags.yes === true && file === null)
    throw inputError('--yes writes nothing by itself', 'no file was named', 'name one: --file FILE');
  const log: string[] = [];
  const heard: Context = {
    ...context,
    options: { ...context.options, debug: true },
    debug: createDebug((text) => log.push(text.trimEnd()), {
      on: true,
      machine: false,
      env,
      now: systemClock.now,
    }),
  };
  const checks = await findings(heard);
  const cluster = await clusterSections(heard, args[0]);
  if (guards.signal.aborted) return EXIT.interrupted;
  const sections: ReportSection[] = [
    { title: 'kubecore', lines: versions(context) },
    { title: 'doctor', lines: checks.map(({ check, state, found }) => `${check}: ${state}: ${found}`) },
    { title: 'settings that are not the default', lines: settings(context) },
    { title: 'environment', lines: environment(env) },
    ...cluster,
    { title: 'the sandbox', lines: await sandboxLog(context) },
    { title: 'what this report asked, and what came back', lines: log },
  ];
  const clean = cleaner(secretsOf(env), homedir());
  const text =
    io.format === 'text'
      ? reportText(sections, clean)
      : `${JSON.stringify(cleanDeep({ version: VERSION, sections }, clean), null, 2)}\n`;
  if (io.format === 'text') await io.out(text);
  else await io.document(cleanDeep({ version: VERSION, sections }, clean));
  return write(context, text, file, flags.yes === true);
}

/** Written after it was shown: without a name for the file, or without a yes, it is not. */
async function write(context: Context, text: string, file: string | null, agreed: boolean): Promise<number> {
  const { io } = context;
  if (file === null) {
    io.note('this is all there is in it; read it, then keep it with --file FILE');
    return EXIT.done;
  }
  if (!agreed) {
    if (!io.interactive)
      throw inputError(
        `the report was not written to ${file}`,
        'there is no terminal to ask on whether what was shown may be kept',
        'give --yes',
      );
    if (!(await confirm(context, `Write this to ${file}? (yes/no) `))) {
      io.note('nothing was written');
      return EXIT.bad;
    }
  }
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw inputError(
      `the report was not written to ${file}`,
      fileTrouble(error as NodeJS.ErrnoException),
      'give another --file',
    );
  }
  io.note(`written to ${file}`);
  return EXIT.done;
}

function versions({ host, options, settings: known }: Context): string[] {
  const { node, openssl, v8 } = host.versions;
  return [
    `version ${VERSION}, at ${new Date(systemClock.now()).toISOString()}`,
    `node ${node}, v8 ${v8}, openssl ${openssl}, ${host.platform} ${host.arch}`,
    `config file: ${known.file ?? 'none'}`,
    `in the sandbox: ${options.sandbox ? 'yes' : 'no'}`,
  ];
}

function settings({ settings: { entries } }: Context): string[] {
  return entries
    .filter(({ origin }) => origin.from !== 'default')
    .map(({ setting, text, origin }) => `${setting.key} = ${text ?? '(not set)'} (${origin.from})`);
}

function environment(env: NodeJS.ProcessEnv): string[] {
  const secrets = new Set(secretsOf(env));
  return Object.entries(env)
    .filter(([name, value]) => value !== undefined && TELLING.test(name))
    .map(([name, value = '']) => `${name} ${secrets.has(value) ? 'is set' : `= ${value}`}`)
    .sort();
}

/** The cluster as it is now, or why it cannot be seen. */
async function clusterSections(context: Context, name: string | undefined): Promise<ReportSection[]> {
  const { guards } = context;
  const signal = AbortSignal.any([guards.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const bounded: Context = { ...context, guards: { ...guards, signal } };
  const failed = (thrown: unknown): string[] => {
    if (guards.signal.aborted) return [];
    const error = signal.aborted ? tooSlow() : asKubecoreError(thrown);
    return errorText(error).trimEnd().split('\n');
  };
  try {
    const { shell, cloud, cluster } = await openTarget(bounded, name);
    try {
      const looked = { shell, cloud, cluster, clock: systemClock, random: systemRandom, signal };
      const status = await snapshot(looked)
        .then((view) => JSON.stringify(statusDocument(view, cluster, systemClock.now()), null, 1).split('\n'))
        .catch(failed);
      const events =
        cloud === null
          ? []
          : await cloud
              .stackEvents(cluster.stackId ?? cluster.name, null, signal)
              .then((all) => all.slice(-EVENTS).map(eventLine))
              .catch(failed);
      return [
        { title: `cluster ${cluster.name}`, lines: status },
        { title: `its stack's last ${EVENTS} events`, lines: events },
      ];
    } finally {
      await shell.close();
    }
  } catch (thrown) {
    return [{ title: 'cluster', lines: failed(thrown) }];
  }
}

const tooSlow = (): KubecoreError =>
  new KubecoreError({
    what: 'the cluster could not be looked at',
    why: `it gave no answer for ${PATIENCE_MS / 1000} s`,
    next: 'send the report as it is',
    fault: 'network',
    code: 'Timeout',
  });

const eventLine = ({ at, logicalId, type, status, reason }: StackEvent): string =>
  `${new Date(at).toISOString()} ${logicalId} (${type}) ${status}${reason ? `: ${reason}` : ''}`;

async function sandboxLog({ stateDir, options }: Context): Promise<string[]> {
  if (!options.sandbox) return ['not asked for'];
  const text = await readFile(logFile(sandboxDirectory(stateDir)), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-SANDBOX_LINES);
}
