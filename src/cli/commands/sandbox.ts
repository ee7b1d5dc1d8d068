/** Owns `kubecore sandbox`: the simulated cloud in the foreground, its faults, its end. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, inputError } from '../../cluster/errors.ts';
import { nearest } from '../../cluster/nearest.ts';
import { connectSandbox } from '../../sandbox/process/client.ts';
import { wrapWords } from '../../ui/terminal/cells.ts';
import type { Context } from '../context.ts';
import { connectOrStartSandbox } from '../sandbox-process.ts';
import { clusterRecords } from '../state.ts';
import { sandboxDirectory } from '../state-directory.ts';
import { didYouMean } from '../suggest.ts';
import { table } from '../table.ts';
import { VERSION } from '../version.ts';

export async function sandbox(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  if (args[0] !== undefined) {
    const verbs = ['fault', 'stop', 'reset'];
    throw inputError(
      `kubecore sandbox does not know "${args[0]}"`,
      `it has ${verbs.join(', ')}`,
      `did you mean kubecore sandbox ${nearest(args[0], verbs)}?`,
    );
  }
  const { runSandbox } = await import('../../sandbox/process/main.ts');
  const daemon = flags.daemon === true;
  await runSandbox({
    stateDir: sandboxDirectory(context.stateDir),
    version: VERSION,
    signal: context.guards.signal,
    foreground: !daemon,
    ...(flags.speed === undefined ? {} : { speed: speedOf(String(flags.speed)) }),
    ready: async (info) => {
      if (!daemon) await context.io.out(usage(info, sandboxDirectory(context.stateDir)));
    },
  });
  return EXIT.done;
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (!Number.isFinite(speed) || speed < 0.1 || speed > 1000)
    throw inputError(
      `--speed ${text} cannot be used`,
      'it is a number from 0.1 to 1000',
      '1 is real time; leave it out for a launch of 15 to 30 seconds',
    );
  return speed;
}

function usage(info: { endpoint: string }, directory: string): string {
  return [
    'The sandbox runs until Ctrl-C. In another terminal, kubecore --sandbox uses it, and so do the stock tools:',
    '',
    `export AWS_ENDPOINT_URL=${info.endpoint}`,
    'export AWS_ACCESS_KEY_ID=KUBECORESANDBOX',
    'export AWS_SECRET_ACCESS_KEY=sandbox',
    'export AWS_DEFAULT_REGION=us-east-1',
    '',
    `Keys made by kubecore --sandbox are in ${path.join(directory, 'keys')};`,
    'kubecore ssh --sandbox opens a shell on a host, kubecore sandbox fault lists what can go wrong.',
    '',
  ].join('\n');
}

export async function fault(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<undefined> {
  const [name, target] = args;
  const client = await connectOrStartSandbox(context.host, context.stateDir);
  const { known, active } = await client.faults();
  if (name === undefined) {
    if (context.io.format !== 'text') await context.io.document({ known, active });
    else if (context.io.stdoutIsTTY) await context.io.out(faultLines(known, context.io.columns));
    else
      await context.io.out(
        table(
          ['FAULT', 'TARGET', 'WHAT HAPPENS'],
          known.map((one) => [one.name, one.target, one.what]),
        ),
      );
    return;
  }
  const names = known.map((one) => one.name);
  if (!names.includes(name))
    throw inputError(
      `there is no fault "${name}"`,
      `there are ${names.join(', ')}`,
      didYouMean(name, names, 'kubecore sandbox fault says what each does'),
    );
  if (flags.end === true) {
    await client.endFault(name);
    if (context.io.format !== 'text') await context.io.document({ name, ended: true });
    else await context.io.out(`${name} is taken back\n`);
    return;
  }
  const seconds = flags.seconds === undefined ? null : Number(flags.seconds);
  if (seconds !== null && !(seconds > 0))
    throw inputError(
      `--seconds ${String(flags.seconds)} cannot be used`,
      'it is a number above 0',
      'leave it out for the usual time',
    );
  const { message } = await client.fault({ name, target: target ?? null, seconds });
  if (context.io.format !== 'text') await context.io.document({ name, target: target ?? null, message });
  else await context.io.out(`${message}\n`);
}

/** For a terminal: each fault's name, and below it what happens and what a target means, wrapped. */
function faultLines(
  known: readonly { readonly name: string; readonly target: string; readonly what: string }[],
  width: number,
): string {
  const wrapped = (text: string): string[] =>
    wrapWords(text, Math.max(20, width - 5)).map((line) => `    ${line}`);
  return `${known
    .flatMap(({ name, target, what }) => [
      name,
      ...wrapped(what),
      ...(target === '-' ? [] : wrapped(`target: ${target}`)),
    ])
    .join('\n')}\n`;
}

export async function stop(context: Context): Promise<undefined> {
  const client = await connectSandbox(sandboxDirectory(context.stateDir));
  if (client) await client.stop();
  if (context.io.format !== 'text') await context.io.document({ stopped: client !== null });
  else
    await context.io.out(
      client ? 'the sandbox stopped; what is launched is kept\n' : 'no sandbox is running\n',
    );
}

export async function reset(context: Context): Promise<undefined> {
  const directory = sandboxDirectory(context.stateDir);
  const client = await connectSandbox(directory);
  if (client) await client.stop();
  await rm(directory, { recursive: true, force: true });
  await rm(clusterRecords(context.stateDir, 'sandbox').directory, { recursive: true, force: true });
  if (context.io.format !== 'text') await context.io.document({ reset: true });
  else
    await context.io.out('the sandbox is empty: clusters, key pairs and their private keys are forgotten\n');
}
