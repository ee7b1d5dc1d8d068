/** Owns following a stack's update to its end, as events; scaling and changing are such updates. */
import { isSettled } from './launch.ts';
import type { LaunchEvent } from './launch-contract.ts';
import type { Clock, Cloud, Stack, StackEvent } from './ports.ts';

/** A question to AWS whose throttling is told. */
export type Ask = <T>(question: () => Promise<T>) => AsyncGenerator<LaunchEvent, T>;

export interface FollowOptions {
  readonly cloud: Cloud;
  /** The stack's id. */
  readonly stackId: string;
  /** Asks for the update. */
  readonly begin: () => Promise<void>;
  readonly ask: Ask;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds until the next look. */
  readonly wait: () => number;
  readonly deadline: number;
  /** What is thrown when time is over; `status` is where the stack stands then. */
  readonly late: (status: string) => Error;
}

/** Begins the update and follows it; gives the stack as it came to rest and the events of this update alone. */
export async function* followUpdate(
  options: FollowOptions,
): AsyncGenerator<LaunchEvent, { readonly stack: Stack; readonly events: readonly StackEvent[] }> {
  const { cloud, stackId, ask, clock, signal } = options;
  const before = yield* ask(() => cloud.stackEvents(stackId, null, signal));
  let last = before.at(-1)?.id ?? null;
  yield* ask(options.begin);
  yield { type: 'stack-started', at: clock.now(), stackId, resumed: false };
  const events: StackEvent[] = [];
  let stack: Stack | null = null;
  let ended = false;
  for (;;) {
    for (const event of yield* ask(() => cloud.stackEvents(stackId, last, signal))) {
      last = event.id;
      events.push(event);
      yield { type: 'stack-event', at: clock.now(), event };
    }
    if (stack !== null && ended) break;
    if (clock.now() >= options.deadline) throw options.late(stack?.status ?? 'an unknown status');
    await clock.sleep(options.wait(), signal);
    // The status from before the update may still be shown: only one read after the update's own events counts.
    const begun = events.length > 0;
    stack = yield* ask(() => cloud.stack(stackId, signal));
    ended = begun && stack !== null && isSettled(stack.status);
  }
  yield { type: 'stack-done', at: clock.now(), status: stack.status };
  return { stack, events };
}
