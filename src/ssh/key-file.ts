/** Owns what a private key's file must be: readable, ours alone, and really a private key. Also writes new ones. */
import { constants } from 'node:fs';
import { mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { inputError, KubecoreError } from '../cluster/errors.ts';
import { printable } from '../cluster/printable.ts';
import { keyFileName } from './key-file-name.ts';
import { type PrivateKey, type PublicKey, parsePrivateKey, parsePublicLine } from './keys.ts';

/** More than any key needs; keeps a mistaken path from being read whole. */
const MAX_KEY_BYTES = 65_536;

export interface KeyFile {
  readonly path: string;
  readonly key: PrivateKey;
  /** From the private key itself, else from PATH.pub beside it. */
  readonly publicKey: PublicKey | null;
  /** Group and others can read it: OpenSSH would not use it. */
  readonly tooOpen: number | null;
}

/** `~/.ssh/id_rsa` for a person. */
export function tildePath(path: string, home: string = homedir()): string {
  return path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}

/** A word for the shell command that an error proposes. */
function shellPath(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** The error for a key that others can read, with the command that mends it. */
export function tooOpenError(file: Pick<KeyFile, 'path' | 'tooOpen'>) {
  return inputError(
    `the private key ${printable(file.path)} cannot be used`,
    `others can read it (mode ${(file.tooOpen ?? 0).toString(8).padStart(4, '0')}), and ssh refuses such a key`,
    `run: chmod 400 ${shellPath(file.path)}`,
  );
}

/**
 * Reads a private key file.
 * @throws KubecoreError (input) when it is missing, unreadable, or not a private key. Its mode is reported, not judged.
 */
export async function readKeyFile(path: string): Promise<KeyFile> {
  const what = `the private key ${printable(path)} cannot be used`;
  let text: string;
  let tooOpen: number | null = null;
  try {
    const status = await stat(path);
    if (!status.isFile()) {
      throw inputError(what, 'it is not a file', 'give the path of the key file itself with --identity');
    }
    if (status.size > MAX_KEY_BYTES) {
      throw inputError(what, `it is too long for a key (${status.size} bytes)`, 'give another file');
    }
    // As OpenSSH does: only the user's own file must be closed to others; Windows has no such modes.
    const ours = process.getuid === undefined ? false : status.uid === process.getuid();
    if (ours && (status.mode & 0o077) !== 0) tooOpen = status.mode & 0o777;
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw inputError(what, 'there is no such file', 'give the path of the key with --identity');
    if (code === 'EACCES' || code === 'EPERM') {
      throw inputError(what, 'you may not read it', `run: ls -l ${shellPath(path)}`);
    }
    throw error;
  }
  const key = parsePrivateKey(text);
  if (key === null) throw inputError(what, ...whyNoKey(text));
  return { path, key, publicKey: key.publicKey ?? (await publicKeyBeside(path)), tooOpen };
}

function whyNoKey(text: string): [why: string, next: string] {
  if (text.startsWith('PuTTY-User-Key-File')) {
    return ['it is in the format of PuTTY', 'export it with: puttygen KEY.ppk -O private-openssh -o KEY.pem'];
  }
  if (parsePublicLine(text) !== null || text.includes('BEGIN PUBLIC KEY')) {
    return ['it is a public key', 'give the private key (the file without .pub)'];
  }
  return [
    'it holds no private key that ssh can use',
    'give an OpenSSH, PEM or PKCS#8 private key (RSA, ECDSA or ed25519)',
  ];
}

async function publicKeyBeside(path: string): Promise<PublicKey | null> {
  try {
    return parsePublicLine(await readFile(`${path}.pub`, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Writes NAME.pem with mode 0400, never over an existing file; makes the directory (0700) when it is missing.
 * @returns its path.
 * @throws KubecoreError (input) when the file is there already, or the directory cannot be written.
 */
export async function savePrivateKey(directory: string, name: string, material: string): Promise<string> {
  const path = join(directory, keyFileName(name));
  const what = `the private key was not saved as ${printable(path)}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      // The folder's own place is taken, not the key file's.
      if (error.code !== 'EEXIST') throw error;
      throw inputError(what, `${printable(directory)} is not a folder`, 'move that file away');
    });
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o400);
    try {
      await file.writeFile(material.endsWith('\n') ? material : `${material}\n`);
      await file.chmod(0o400);
      await file.sync();
    } catch (error) {
      // Half a key is no key, and would be in the way.
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof KubecoreError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw inputError(
        what,
        'that file is there already, and is never written over',
        'move it away, or choose another key pair name',
      );
    }
    throw inputError(what, printable(message), 'make the directory writable, or choose another one');
  }
  return path;
}
