/** Owns telling of several things done in one command, item by item: what was done, what was not and why, and the exit code. */
import { asKubecoreError, EXIT, interruptedError, type KubecoreError } from '../cluster/errors.ts';
import { sanitise } from '../ui/sanitise.ts';
import type { Context } from './context.ts';

/** What came of one item. */
export interface Outcome {
  readonly name: string;
  /** null when it was done. */
  readonly error: KubecoreError | null;
  /** For a person, when it was done: `myapp.service runs on 10.0.0.12`. */
  readonly text: string;
  /** Fields of the record of this item beside `name`, `done` and `error`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** What the remote tool said beside it: told on standard error. */
  readonly messages?: readonly string[];
}

/** Does `act` for each item in turn; what it throws becomes the item's error. An interruption ends all. */
export async function each<T extends { readonly name: string }>(
  context: Context,
  items: readonly T[],
  act: (item: T) => Promise<Omit<Outcome, 'name' | 'error'>>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const item of items) {
    try {
      outcomes.push({ name: item.name, error: null, ...(await act(item)) });
    } catch (thrown) {
      if (context.guards.signal.aborted)
        throw interruptedError('not everything was done', 'look at what was: kubecore status');
      const error = asKubecoreError(thrown);
      outcomes.push({ name: item.name, error, text: '' });
      // The way to the node is broken: the others would only wait for the same.
      if (error.fault === 'network') break;
    }
  }
  return outcomes;
}

/** Prints outcomes, errors on standard error; gives the exit code, that of the first error. */
export async function tell(context: Context, outcomes: readonly Outcome[]): Promise<number> {
  const { io } = context;
  if (io.format !== 'text')
    await io.document(
      outcomes.map(({ name, error, fields }) => ({
        name,
        done: error === null,
        ...fields,
        error: error && { what: error.what, why: error.why, next: error.next, code: error.code },
      })),
    );
  for (const { error, text, messages = [] } of outcomes) {
    for (const message of messages) io.note(sanitise(message));
    if (error) context.report(error);
    else if (io.format === 'text' && text !== '') await io.out(`${sanitise(text)}\n`);
  }
  return outcomes.find(({ error }) => error !== null)?.error?.exitCode ?? EXIT.done;
}
