/** Owns `kubecore doctor`: what kubecore finds on this computer, each with what to do when it is not well. Prints no secret. */
import { EXIT } from '../../cluster/errors.ts';
import type { Context } from '../context.ts';
import { aws } from '../doctor/aws.ts';
import { agent, config, program, sandbox, stateDirectory, terminal, tools } from '../doctor/here.ts';
import { oneLine } from '../io.ts';
import { table } from '../table.ts';
import { VERSION } from '../version.ts';

export async function doctor(context: Context): Promise<number> {
  const { io } = context;
  const findings = (
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
  if (io.format !== 'text') await io.document({ version: VERSION, checks: findings });
  else {
    await io.out(
      table(
        ['CHECK', 'STATE', 'FOUND'],
        findings.map(({ check, state, found }) => [oneLine(check), state, oneLine(found)]),
      ),
    );
    for (const { check, next } of findings)
      if (next) await io.out(`next: ${oneLine(check)}: ${oneLine(next)}\n`);
  }
  return findings.some(({ state }) => state === 'bad') ? EXIT.bad : EXIT.done;
}
