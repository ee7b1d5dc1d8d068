/**
 * Owns `npm run bench`: each figure is a ratio against a peer or a floor measured in the same run, in turn, so that the
 * machine's mood cancels out. Prints the medians' ratio and the bar of the design; ends with 1 when a bar is not held.
 */
import { firstFrame } from './first-frame.mjs';

const results = [await firstFrame()];
for (const { what, ratio, bar, detail } of results) {
  const verdict = ratio <= bar ? 'holds' : 'DOES NOT HOLD';
  process.stdout.write(`${what}: ${ratio.toFixed(2)}x (bar ${bar}x, ${verdict}); ${detail}\n`);
}
process.exitCode = results.every(({ ratio, bar }) => ratio <= bar) ? 0 : 1;
