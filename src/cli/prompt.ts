/** Owns questions outside the screens: one line on the terminal, answered by a person, never without a TTY. */
import { createInterface } from 'node:readline/promises';
import { interruptedError } from '../cluster/errors.ts';
import type { Context } from './context.ts';

/** Asks for `yes` or `no`. Anything else asks again. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  const lines = createInterface({ input: context.host.stdin, output: context.host.stderr });
  try {
    for (;;) {
      const answer = await lines.question(question, { signal: context.guards.signal });
      if (/^y(es)?$/i.test(answer.trim())) return true;
      if (/^no?$/i.test(answer.trim())) return false;
    }
  } catch {
    throw interruptedError('the question was not answered', 'run the same command again');
  } finally {
    lines.close();
  }
}
