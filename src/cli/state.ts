/**
 * Owns what is remembered of each cluster between commands
 * (which key opens it, which recipe made it). Nothing secret is written here.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

export interface ClusterRecord {
  readonly name: string;
  readonly region: string;
  readonly stackId: string | null;
  /** The private key that opens it; null: search by the key pair's name. */
  readonly identityFile: string | null;
  readonly rememberedAt: string;
  /** What a launch without a stack was seen to have created; AWS's own tags say what is there now. */
  readonly created?: readonly { readonly logicalId: string; readonly id: string }[];
}

/** The records of one backend: real AWS and the sandbox never share them. */
export interface ClusterRecords {
  readonly directory: string;
  get(region: string, name: string): Promise<ClusterRecord | null>;
  all(): Promise<readonly ClusterRecord[]>;
  put(record: ClusterRecord): Promise<void>;
  forget(region: string, name: string): Promise<void>;
  /** This cluster's own known_hosts. */
  knownHosts(region: string, name: string): string;
}

const slug = (region: string, name: string): string => `${region}_${name}`.replace(/[^A-Za-z0-9_.-]/g, '-');

export function clusterRecords(stateDir: string, backend: 'aws' | 'sandbox'): ClusterRecords {
  const directory = path.join(stateDir, backend, 'clusters');
  const file = (region: string, name: string): string => path.join(directory, `${slug(region, name)}.json`);
  const read = async (target: string): Promise<ClusterRecord | null> => {
    try {
      const value: unknown = JSON.parse(await readFile(target, 'utf8'));
      return typeof value === 'object' && value !== null && 'name' in value ? (value as ClusterRecord) : null;
    } catch {
      // Absent or damaged: the cluster is still found by its stack, only the remembered key is not.
      return null;
    }
  };
  return {
    directory,
    get: (region, name) => read(file(region, name)),
    async all() {
      const names = await readdir(directory).catch(() => []);
      const records = await Promise.all(
        names.filter((name) => name.endsWith('.json')).map((name) => read(path.join(directory, name))),
      );
      return records.filter((record) => record !== null);
    },
    async put(record) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const { default: writeFileAtomic } = await import('write-file-atomic');
      await writeFileAtomic(file(record.region, record.name), `${JSON.stringify(record, null, 2)}\n`, {
        mode: 0o600,
      });
    },
    async forget(region, name) {
      await rm(file(region, name), { force: true });
      await rm(this.knownHosts(region, name), { force: true });
    },
    knownHosts: (region, name) => path.join(directory, `${slug(region, name)}.known_hosts`),
  };
}
