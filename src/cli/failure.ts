/** Owns telling a failed launch, scaling or change without a screen: the root cause, then the consoles of nodes that never came up. */
import type { LaunchEvent } from '../cluster/launch-contract.ts';
import type { Context } from './context.ts';

/** To standard error; in a machine's format the record of the event says it all already. */
export function tellFailure(context: Context, event: Extract<LaunchEvent, { type: 'failed' }>): void {
  context.report(event.error);
  if (context.io.format !== 'text') return;
  for (const { instanceId, address, lines } of event.consoles ?? [])
    context.io.note(
      [
        `the end of the console of ${instanceId}${address === null ? '' : ` (${address})`}:`,
        ...lines.map((line) => `  ${line}`),
      ].join('\n'),
    );
}
