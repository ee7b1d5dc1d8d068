/** Owns `kubecore check`: everything that a launch needs, looked at without creating anything. */
import { PARAMETERS, type ParameterKey } from '../../cluster/parameters.ts';
import { CHECK_TITLE, type Check } from '../../cluster/preflight-contract.ts';
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { parameterWarnings, readParameters } from '../parameter-options.ts';
import { checkLines, preflightExit, preflightOf, tally } from '../preflighting.ts';
import { underFaults } from '../under-faults.ts';

export async function check(
  context: Context,
  _args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io } = context;
  // Bad input is told before anything is started or asked.
  readParameters(flags);
  const backend = await chooseBackend(context);
  const parameters = readParameters(flags, backend.defaults);
  for (const warning of parameterWarnings(parameters)) io.note(`warning: ${warning}`);
  const lines: Promise<void>[] = [];
  const tell = (answered: Check): void => {
    if (io.format === 'text') lines.push(io.out(`${checkLines(answered, io.color)}\n`));
  };
  let checks: readonly Check[] = [];
  for await (const found of underFaults(
    context,
    once(() => preflightOf(context, backend, parameters, tell)),
  ))
    checks = found.checks;
  await Promise.all(lines);
  const code = preflightExit(checks);
  if (io.format === 'text') await io.out(`${tally(checks)}; nothing was created\n`);
  else
    await io.document({
      name: parameters.name,
      region: backend.region,
      blueprint: parameters.blueprint,
      ok: checks.every(({ state }) => state !== 'failed'),
      checks: checks.map(record),
    });
  return code;
}

async function* once<T>(ask: () => Promise<T>): AsyncGenerator<T> {
  yield await ask();
}

const record = ({ check, state, found, next, parameter, error }: Check) => ({
  check,
  title: CHECK_TITLE[check],
  state,
  found,
  next,
  flag: parameter === null ? null : flagOf(parameter),
  code: error?.code ?? null,
});

const flagOf = (key: ParameterKey): string => `--${PARAMETERS.find((spec) => spec.key === key)?.flag ?? key}`;
