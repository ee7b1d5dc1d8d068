/** Owns what the console is given of a person's ways: the config file's choices, and a file for each cluster of what was chosen last. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Cluster } from '../cluster/model.ts';
import type { Preferences } from '../ui/console/memory.ts';
import type { Context } from './context.ts';
import { stateDirectory } from './state-directory.ts';

/** More than the console ever writes: a file that is larger is not its own. */
const MOST_BYTES = 64 * 1024;

export function consolePreferences(context: Context, cluster: Cluster): Preferences {
  const name = [cluster.region, cluster.name].map(encodeURIComponent).join('@');
  const file = path.join(stateDirectory(context.env), 'console', `${name}.json`);
  return {
    settings: context.settings.console,
    memory: {
      load() {
        try {
          const text = readFileSync(file, 'utf8');
          return text.length > MOST_BYTES ? null : JSON.parse(text);
        } catch {
          // The first time, or a file that cannot be read: the console begins as it is.
          return null;
        }
      },
      save(remembered) {
        // At once: the next key may be the one that quits. Where it matters little, the disk need not be waited for.
        try {
          mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
          writeFileAtomic.sync(file, `${JSON.stringify(remembered)}\n`, { mode: 0o600, fsync: false });
        } catch {
          // A full disk or a read-only home forgets; it stops nobody.
        }
      },
    },
  };
}
