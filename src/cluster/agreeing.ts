/** Owns waiting until a cluster says of itself, several looks in a row, that it has its new size. */
import { asKubecoreError } from './errors.ts';
import type { LaunchEvent, ReadinessStep } from './launch-contract.ts';
import type { Clock } from './ports.ts';
import { printable } from './printable.ts';

/** One look: what to show of it, and whether it is as wanted. */
export interface Look {
  readonly detail: string;
  readonly agrees: boolean;
}

/**
 * Looks until `passes` looks in a row agree. A look that fails is told and counts as one that does not, unless asking again
 * cannot help: bad input, a refused key or host, a bug, an abort.
 * @param rest waits for the next look; throws when it took too long
 */
export async function* agreeing(options: {
  readonly step: ReadinessStep;
  readonly passes: number;
  readonly look: () => Promise<Look>;
  readonly rest: (detail: string) => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}): AsyncGenerator<LaunchEvent> {
  const { step, look, rest, clock, signal } = options;
  yield { type: 'step-started', at: clock.now(), step };
  let told = '';
  for (let passes = 0; ; ) {
    let detail: string;
    try {
      const seen = await look();
      detail = seen.detail;
      passes = seen.agrees ? passes + 1 : 0;
    } catch (thrown) {
      const error = asKubecoreError(thrown);
      if (signal?.aborted || error.fault === 'input' || error.fault === 'bug') throw thrown;
      if (/^HostKey|Auth/.test(error.code ?? '')) throw thrown;
      detail = printable(error.why);
      passes = 0;
    }
    if (passes >= options.passes) {
      yield { type: 'step-done', at: clock.now(), step, detail };
      return;
    }
    if (detail !== told) yield { type: 'step-progress', at: clock.now(), step, detail };
    told = detail;
    await rest(detail);
  }
}
