/**
 * Owns `npm run bench [GROUP…]`: each figure is a ratio against a peer or a floor measured in the same run, in turn, so that the
 * machine's mood cancels out (or against a bar of the design that is a plain number). Prints the medians' ratio and its bar as
 * they come; ends with 1 when a bar is not held or could not be measured, and 2 for a group that there is not.
 */
const GROUPS = {
  'first-frame': async () => [await (await import('./first-frame.mjs')).firstFrame()],
  ssh: async () => (await import('./ssh.mjs')).ssh(),
  console: async () => (await import('./console.mjs')).consoleAtSize(),
};

/** A ratio may be at most its bar, or at least when it is a rate. */
const holds = ({ ratio, bar, atLeast }) => (atLeast ? ratio >= bar : ratio <= bar);

async function measure(group) {
  try {
    let held = true;
    for (const result of await GROUPS[group]()) {
      const { what, ratio, bar, atLeast, detail } = result;
      const verdict = holds(result) ? 'holds' : 'DOES NOT HOLD';
      process.stdout.write(
        `${what}: ${ratio.toFixed(2)}x (bar ${atLeast ? 'at least ' : ''}${bar}x, ${verdict}); ${detail}\n`,
      );
      held &&= holds(result);
    }
    return held;
  } catch (error) {
    process.stdout.write(`${group}: NOT MEASURED; ${error.stack}\n`);
    return false;
  }
}

const asked = process.argv.slice(2);
const unknown = asked.filter((group) => !Object.hasOwn(GROUPS, group));
if (unknown.length > 0) {
  process.stderr.write(`there is no ${unknown.join(', ')}; there are ${Object.keys(GROUPS).join(', ')}\n`);
  process.exitCode = 2;
} else {
  const held = [];
  for (const group of asked.length > 0 ? asked : Object.keys(GROUPS)) held.push(await measure(group));
  process.exitCode = held.every(Boolean) ? 0 : 1;
}
