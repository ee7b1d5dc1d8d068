/**
 * Owns `npm run bench`: each figure is a ratio against a peer or a floor measured in the same run, in turn, so that the
 * machine's mood cancels out. Prints the medians' ratio and the bar of the design; ends with 1 when a bar is not held.
 */
import { consoleAtSize } from './console.mjs';
import { firstFrame } from './first-frame.mjs';
import { ssh } from './ssh.mjs';

const results = [await firstFrame(), ...(await ssh()), ...(await consoleAtSize())];
/** A ratio may be at most its bar, or at least when it is a rate. */
const holds = ({ ratio, bar, atLeast }) => (atLeast ? ratio >= bar : ratio <= bar);
for (const result of results) {
  const { what, ratio, bar, detail } = result;
  const verdict = holds(result) ? 'holds' : 'DOES NOT HOLD';
  process.stdout.write(
    `${what}: ${ratio.toFixed(2)}x (bar ${result.atLeast ? 'at least ' : ''}${bar}x, ${verdict}); ${detail}\n`,
  );
}
process.exitCode = results.every(holds) ? 0 : 1;
