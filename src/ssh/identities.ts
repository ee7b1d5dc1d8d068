/**
 * Owns the private keys of this computer as key pairs need them: the search for the one that fits (named files, directories
 * of keys, the ssh-agent), and, from key-file.ts, the writing of a new one.
 */
import type { KeyObject } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KubecoreError } from '../cluster/errors.ts';
import type { KeyPair, PrivateKeyFound } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { agentKeys } from './agent.ts';
import { ec2Fingerprints, keyMatches, sha256Fingerprint } from './fingerprint.ts';
import { type KeyFile, readKeyFile, tildePath, tooOpenError } from './key-file.ts';
import { keyFileName } from './key-file-name.ts';
import type { Unlocked } from './keyring.ts';

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
  /** What this process has unlocked shows whose key it is. */
  readonly unlocked?: Unlocked | undefined;
  readonly home: string;
}

/**
 * The private key that belongs to `pair`, or null when none is at hand.
 * @throws KubecoreError (input) when `explicit` cannot be read, is open to others or belongs to another pair; also when the
 * only key that fits is open to others. An encrypted one that shows only unlocked whose it is comes last, by its name: `unproved`.
 */
export async function findPrivateKey(pair: KeyPair, search: KeySearch): Promise<PrivateKeyFound | null> {
  if (search.explicit !== undefined) return explicitKey(pair, search.explicit, search);
  let tooOpen: KubecoreError | null = null;
  let unproved: PrivateKeyFound | null = null;
  const seen = new Set<string>();
  for await (const path of candidates(pair, search)) {
    if (seen.has(path)) continue;
    seen.add(path);
    const file = await readKeyFile(path).catch(() => null);
    if (file === null) continue;
    const opened = await openedKey(file, search);
    const fits = belongs(file, opened, pair);
    if (fits === 'no') continue;
    if (fits === 'unproved') {
      if (namesOf(pair).includes(basename(path)) && file.tooOpen === null)
        unproved ??= found(file, opened, search.home, fits);
      continue;
    }
    if (file.tooOpen === null) return found(file, opened, search.home);
    tooOpen ??= tooOpenError(file);
  }
  const inAgent = search.agent === null ? null : await agentKey(pair, search.agent);
  if (inAgent === null && tooOpen !== null) throw tooOpen;
  return inAgent ?? unproved;
}

/** What the private key of a pair is called. */
const namesOf = ({ name }: KeyPair): readonly string[] => [keyFileName(name), `${name}.pem`, name];

async function* candidates(pair: KeyPair, search: KeySearch): AsyncGenerator<string> {
  yield* search.files;
  for (const directory of search.directories) {
    const names = (await readdir(directory).catch(() => [])).sort();
    for (const name of [...namesOf(pair).filter((wanted) => names.includes(wanted)), ...names]) {
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

/** The key itself, where no passphrase is in the way any more. */
async function openedKey(file: KeyFile, { unlocked }: KeySearch): Promise<KeyObject | null> {
  if (!file.key.encrypted) return file.key.unlock();
  const opened = await unlocked?.get(file.path)?.catch(() => null);
  return opened ?? null;
}

function belongs(file: KeyFile, opened: KeyObject | null, pair: KeyPair): 'yes' | 'no' | 'unproved' {
  const key = opened ?? file.publicKey;
  if (key !== null && keyMatches(key, pair)) return 'yes';
  if (opened !== null) return 'no';
  // EC2's fingerprint of an RSA key that it made (SHA-1) is of the private half.
  const ofPrivateHalf = pair.publicKey === null && pair.fingerprint.length === 59;
  return file.publicKey === null || (ofPrivateHalf && file.publicKey.type === 'ssh-rsa') ? 'unproved' : 'no';
}

function found(
  file: KeyFile,
  opened: KeyObject | null,
  home: string,
  fits: 'yes' | 'unproved' = 'yes',
): PrivateKeyFound {
  return {
    path: file.path,
    label: printable(tildePath(file.path, home)),
    encrypted: opened === null,
    ...(fits === 'unproved' ? { unproved: true } : {}),
  };
}

async function explicitKey(pair: KeyPair, typed: string, search: KeySearch): Promise<PrivateKeyFound> {
  // A field on a screen has no shell that reads the tilde.
  const path = typed.startsWith('~/') ? join(search.home, typed.slice(2)) : typed;
  const file = await readKeyFile(path);
  if (file.tooOpen !== null) throw tooOpenError(file);
  const opened = await openedKey(file, search);
  const fits = belongs(file, opened, pair);
  if (fits !== 'no') return found(file, opened, search.home, fits);
  const what = `the private key ${printable(path)} cannot be used with the key pair "${printable(pair.name)}"`;
  const key = opened ?? file.publicKey;
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
