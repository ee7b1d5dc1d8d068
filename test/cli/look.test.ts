/** Holds what every printing command loads to what it needs: colours without React. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** What a module loads when it is imported, itself and all below it: our files by address, packages by name. */
async function loaded(file: URL, seen: Set<string>): Promise<Set<string>> {
  if (seen.has(file.href)) return seen;
  seen.add(file.href);
  const text = await readFile(file, 'utf8');
  for (const [, , from = ''] of text.matchAll(/^(import(?! type)|export)\b[^;]*? from '([^']+)';/gm))
    if (from.startsWith('.')) await loaded(new URL(from, file), seen);
    else seen.add(from);
  return seen;
}

test('status, list and the Kubernetes verbs print in colour without React or Ink', async () => {
  for (const name of ['look.ts', 'status-text.ts', 'table.ts', 'commands/status.ts', 'commands/list.ts']) {
    const found = await loaded(new URL(`../../src/cli/${name}`, import.meta.url), new Set());
    expect([...found].filter((one) => /^(react|ink)\b|\.tsx$/.test(one))).toEqual([]);
    expect(found.size).toBeGreaterThan(1);
  }
});
