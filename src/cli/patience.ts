/**
 * Owns the reminder that a command is still at it: in a pipe nobody sees a cursor, so each half minute without a word says where
 * it stands.
 */
import type { Clock } from '../cluster/ports.ts';
import type { Io } from './io.ts';
import { elapsed } from './launch-text.ts';

const EVERY_MS = 30_000;

/**
 * The same io, which reminds of a silence. The last line that was told is where it stands.
 * @param name the command's words, for when nothing was told yet
 */
export function patient(
  io: Io,
  { clock, signal, name }: { readonly clock: Clock; readonly signal: AbortSignal; readonly name: string },
): { readonly io: Io; readonly stop: () => void } {
  const startedAt = clock.now();
  let told = `kubecore ${name}`;
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  let silence = new AbortController();
  const heard = (text?: string): void => {
    const last = text?.trimEnd().split('\n').at(-1)?.trim().replace(/ {2,}/g, ' ');
    if (last) told = last;
    silence.abort();
  };
  const remind = async (): Promise<void> => {
    while (!either.aborted) {
      silence = new AbortController();
      const waited = await clock.sleep(EVERY_MS, AbortSignal.any([either, silence.signal])).then(
        () => true,
        () => false,
      );
      if (waited && !either.aborted) io.note(`${elapsed(clock.now() - startedAt)}  still waiting: ${told}`);
    }
  };
  void remind();
  return {
    io: {
      ...io,
      out: (text) => {
        heard(text);
        return io.out(text);
      },
      document: (value) => {
        heard();
        return io.document(value);
      },
      record: (value) => {
        heard();
        return io.record(value);
      },
      note: (text) => {
        heard(text);
        io.note(text);
      },
    },
    stop: () => ended.abort(),
  };
}
