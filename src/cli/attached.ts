/** Owns what is remembered of masters that were attached by --host: where they are, and their own known hosts. Nothing secret. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface AttachedRecord {
  /** As it is given to --host: `[USER@]ADDRESS[:PORT]`. */
  readonly host: string;
  /** --identity, when it was given. */
  readonly identityFile: string | null;
  readonly machines: number;
  readonly attachedAt: string;
}

export interface AttachedRecords {
  /** The known_hosts of kubecore's own for this address and port. */
  knownHosts(address: string, port: number): string;
  /** Remembers that a master answered. Nothing depends on it: a file that cannot be written is no error. */
  put(address: string, port: number, record: AttachedRecord): Promise<void>;
  /** The newest first. */
  all(): Promise<readonly AttachedRecord[]>;
}

export function attachedRecords(stateDir: string): AttachedRecords {
  const directory = path.join(stateDir, 'attached');
  const file = (address: string, port: number, kind: string): string =>
    path.join(directory, `${address}_${port}.${kind}`.replace(/[^A-Za-z0-9_.-]/g, '-'));
  const read = async (name: string): Promise<AttachedRecord | null> => {
    try {
      const value: unknown = JSON.parse(await readFile(path.join(directory, name), 'utf8'));
      return typeof value === 'object' && value !== null && 'host' in value && 'attachedAt' in value
        ? (value as AttachedRecord)
        : null;
    } catch {
      return null;
    }
  };
  return {
    knownHosts: (address, port) => file(address, port, 'known_hosts'),
    async put(address, port, record) {
      const { default: writeFileAtomic } = await import('write-file-atomic');
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFileAtomic(file(address, port, 'json'), `${JSON.stringify(record, null, 2)}\n`, {
          mode: 0o600,
        });
      } catch {
        // Only the list of attached masters lacks it.
      }
    },
    async all() {
      const names = await readdir(directory).catch(() => []);
      const records = await Promise.all(names.filter((name) => name.endsWith('.json')).map(read));
      return records
        .filter((record) => record !== null)
        .sort((a, b) => (a.attachedAt < b.attachedAt ? 1 : -1));
    },
  };
}
