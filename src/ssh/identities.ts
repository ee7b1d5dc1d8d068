/**
 * Owns the private keys of this computer as key pairs need them: the search for the one that fits (named files, directories
 * of keys, the ssh-agent), and, from key-file.ts, the writing of a new one.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, KubecoreError } from '../cluster/errors.ts';
import type { KeyPair, PrivateKeyFound } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { agentKeys } from './agent.ts';
import { ec2Fingerprints, keyMatches, sha256Fingerprint } from './fingerprint.ts';
import { type KeyFile, readKeyFile, tildePath, tooOpenError } from './key-file.ts';
import { keyFileName } from './key-file-name.ts';

export { savePrivateKey } from './key-file.ts';

export interface KeySearch {
  /** --identity: looked at alone. */
  readonly explicit?: string | undefined;
  /** Looked at first, in order: `./NAME.pem`. */
  readonly files: readonly string[];
  /** Every private key in them is looked at, NAME.pem first: kubecore's own keys, ~/.ssh. */
  readonly directories: readonly string[];
  /** SSH_AUTH_SOCK, null when there is none. */
  readonly agent: string | null;
  readonly home: string;
}

/**
 * The private key that belongs to `pair`, or null when none is at hand.
 * @throws KubecoreError (input) when `explicit` cannot be read, is open to others or belongs to another pair; also when the
 * only key that fits is open to others.
 */
export async function findPrivateKey(pair: KeyPair, search: KeySearch): Promise<PrivateKeyFound | null> {
  if (search.explicit !== undefined) return explicitKey(pair, search.explicit, search.home);
  let tooOpen: KubecoreError | null = null;
  const seen = new Set<string>();
  for await (const path of candidates(pair, search)) {
    if (seen.has(path)) continue;
    seen.add(path);
    const file = await readKeyFile(path).catch(() => null);
    if (file === null || !fileMatches(file, pair)) continue;
    if (file.tooOpen === null) return found(file, search.home);
    tooOpen ??= tooOpenError(file);
  }
  const inAgent = search.agent === null ? null : await agentKey(pair, search.agent);
  if (inAgent === null && tooOpen !== null) throw tooOpen;
  return inAgent;
}

async function* candidates(pair: KeyPair, search: KeySearch): AsyncGenerator<string> {
  yield* search.files;
  for (const directory of search.directories) {
    const first = [keyFileName(pair.name), `${pair.name}.pem`, pair.name];
    const names = (await readdir(directory).catch(() => [])).sort();
    for (const name of [...first.filter((wanted) => names.includes(wanted)), ...names]) {
      const path = join(directory, name);
      if (!name.endsWith('.pub') && (await beginsLikeKey(path))) yield path;
    }
  }
}

/** Looks at the first bytes only, so that a directory of other things costs little. */
async function beginsLikeKey(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      // A device or a pipe in the directory must not hold us up.
      if (!(await file.stat()).isFile()) return false;
      const { bytesRead, buffer } = await file.read(Buffer.alloc(4_096), 0, 4_096, 0);
      return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(buffer.toString('latin1', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

function fileMatches(file: KeyFile, pair: KeyPair): boolean {
  if (!file.key.encrypted) return keyMatches(file.key.unlock(), pair);
  return file.publicKey !== null && keyMatches(file.publicKey, pair);
}

function found(file: KeyFile, home: string): PrivateKeyFound {
  return { path: file.path, label: printable(tildePath(file.path, home)), encrypted: file.key.encrypted };
}

async function explicitKey(pair: KeyPair, typed: string, home: string): Promise<PrivateKeyFound> {
  // A field on a screen has no shell that reads the tilde.
  const path = typed.startsWith('~/') ? join(home, typed.slice(2)) : typed;
  const file = await readKeyFile(path);
  if (file.tooOpen !== null) throw tooOpenError(file);
  if (fileMatches(file, pair)) return found(file, home);
  const what = `the private key ${printable(path)} cannot be used with the key pair "${printable(pair.name)}"`;
  if (file.key.encrypted && file.publicKey === null) {
    throw inputError(
      what,
      'it is encrypted, so it cannot be seen whether it belongs to the pair',
      `put its public half beside it: ssh-keygen -y -f ${printable(path)} > ${printable(path)}.pub`,
    );
  }
  if (file.key.encrypted && pair.publicKey === null && pair.fingerprint.length === 59) {
    throw inputError(
      what,
      'it is encrypted, and EC2 gives only a fingerprint of the private half',
      'add it to the ssh-agent, or give a copy without a passphrase',
    );
  }
  const key = file.key.encrypted ? file.publicKey : file.key.unlock();
  const own = key === null ? [] : ec2Fingerprints(key);
  throw new KubecoreError({
    what,
    why: `it is another key: its fingerprint is ${own.join(' or ')}, EC2 has ${printable(pair.fingerprint)}`,
    next: 'give the key that was saved when the pair was made, or choose another key pair',
    fault: 'input',
    code: 'KeyMismatch',
  });
}

async function agentKey(pair: KeyPair, socket: string): Promise<PrivateKeyFound | null> {
  const keys = await agentKeys(socket).catch(() => []);
  const key = keys.find((candidate) => keyMatches(candidate, pair));
  if (key === undefined) return null;
  const name = key.comment === '' ? sha256Fingerprint(key.blob) : printable(key.comment, 80);
  return { path: null, label: `ssh-agent (${name})`, encrypted: false };
}
