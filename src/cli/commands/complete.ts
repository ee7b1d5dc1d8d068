/** Owns `kubecore __complete KIND`, which the completion scripts ask for live names. It never fails. */
import { EXIT } from '../../cluster/errors.ts';
import { LIVE_KINDS, liveLines, liveNames } from '../completion-live.ts';
import type { Context } from '../context.ts';

export async function complete(context: Context, [word]: readonly string[]): Promise<number> {
  const kind = LIVE_KINDS.find((one) => one === word);
  if (kind) await context.io.out(liveLines(await liveNames(context, kind)));
  return EXIT.done;
}
