/** Owns `kubecore doctor`: what kubecore finds on this computer, each with what to do when it is not well. Prints no secret. */
import { EXIT } from '../../cluster/errors.ts';
import type { Context } from '../context.ts';
import { aws } from '../doctor/aws.ts';
import type { Finding } from '../doctor/finding.ts';
import { agent, config, program, sandbox, stateDirectory, terminal, tools } from '../doctor/here.ts';
import { oneLine } from '../io.ts';
import { table } from '../table.ts';
import { VERSION } from '../version.ts';

/** All that is found; nothing is thrown but an interruption. */
export async function findings(context: Context): Promise<readonly Finding[]> {
  return (
    await Promise.all([
      program(context),
      terminal(context),
      config(context),
      stateDirectory(context),
      agent(context),
      tools(context),
      sandbox(context),
      aws(context),
    ])
  ).flat();
}

export async function doctor(context: Context): Promise<number> {
  const { io } = context;
  const found = await findings(context);
  if (io.format !== 'text') await io.document({ version: VERSION, checks: found });
  else {
    await io.out(
      table(
        ['CHECK', 'STATE', 'FOUND'],
        found.map(({ check, state, found: what }) => [oneLine(check), state, oneLine(what)]),
      ),
    );
    for (const { check, next } of found)
      if (next) await io.out(`next: ${oneLine(check)}: ${oneLine(next)}\n`);
  }
  return found.some(({ state }) => state === 'bad') ? EXIT.bad : EXIT.done;
}
