/** Owns questions outside the screens: one line on the terminal, answered by a person, never without a TTY. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { interruptedError } from '../cluster/errors.ts';
import type { Context } from './context.ts';

/** Asks for `yes` or `no`. Anything else asks again. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  for (;;) {
    const answer = (await ask(context, question)).trim();
    if (/^y(es)?$/i.test(answer)) return true;
    if (/^no?$/i.test(answer)) return false;
  }
}

/** Asks for a line of text. */
export async function ask(context: Context, question: string): Promise<string> {
  const lines = createInterface({ input: context.host.stdin, output: context.host.stderr });
  const stop = new AbortController();
  lines.on('SIGINT', () => stop.abort());
  lines.on('close', () => stop.abort());
  try {
    return await lines.question(question, { signal: AbortSignal.any([context.guards.signal, stop.signal]) });
  } catch {
    context.host.stderr.write('\n');
    throw interruptedError('the question was not answered', 'run the same command again');
  } finally {
    lines.close();
  }
}

/** Asks for a secret: what is typed is not shown. null when nothing was given. */
export async function passphrase(context: Context, question: string): Promise<string | null> {
  const { stdin, stderr } = context.host;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const release = context.guards.onExit(() => stdin.setRawMode(false));
  const stop = new AbortController();
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  lines.on('SIGINT', () => stop.abort());
  lines.on('close', () => stop.abort());
  stderr.write(question);
  try {
    const signal = AbortSignal.any([context.guards.signal, stop.signal]);
    const answer = await lines.question('', { signal });
    return answer === '' ? null : answer;
  } catch {
    throw interruptedError('the passphrase was not given', 'run the same command again');
  } finally {
    stderr.write('\n');
    lines.close();
    release();
  }
}
