/** Owns `kubecore check`: everything that a launch needs, looked at without creating anything. */
import { parameter } from '../../cluster/parameters.ts';
import type { Check } from '../../cluster/preflight-contract.ts';
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { parameterWarnings, readParameters } from '../parameter-options.ts';
import {
  checkLines,
  preflightExit,
  preflightOf,
  type TellableCheck,
  tally,
  titled,
} from '../preflighting.ts';
import { prerequisites } from '../prerequisites.ts';
import { underFaults } from '../under-faults.ts';

export async function check(
  context: Context,
  _args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  // Bad input is told before anything is started or asked.
  readParameters(flags);
  const backend = await chooseBackend(context);
  const parameters = readParameters(flags, backend.defaults);
  for (const warning of parameterWarnings(parameters)) io.note(`warning: ${warning}`);
  const lines: Promise<void>[] = [];
  const tell = (answered: TellableCheck): void => {
    if (io.format === 'text') lines.push(io.out(`${checkLines(answered, io)}\n`));
  };
  const here = prerequisites(backend, guards.signal);
  void here.then(tell, () => undefined);
  let found: readonly Check[] = [];
  const preflight = once(() =>
    preflightOf(context, backend, parameters, (answered) => tell(titled(answered))),
  );
  for await (const { checks } of underFaults(context, preflight)) found = checks;
  const checks = [await here, ...found.map(titled)];
  await Promise.all(lines);
  if (io.format === 'text') await io.out(`${tally(checks)}; nothing was created\n`);
  else
    await io.document({
      name: parameters.name,
      region: backend.region,
      blueprint: parameters.blueprint,
      ok: checks.every(({ state }) => state !== 'failed'),
      checks: checks.map(record),
    });
  return preflightExit(found);
}

/** What comes of asking, once. */
async function* once<T>(ask: () => Promise<T>): AsyncGenerator<T> {
  yield await ask();
}

const record = ({ check, title, state, found, next, parameter: changed, error }: TellableCheck) => ({
  check,
  title,
  state,
  found,
  next,
  flag: changed === null ? null : `--${parameter(changed).flag}`,
  code: error?.code ?? null,
});
