/** Owns where a sandbox keeps its files, and the one name of its control socket. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { KubecoreError } from '../../cluster/errors.ts';

/** sun_path holds 104 bytes on macOS and 108 on Linux, with the closing NUL. */
const MAX_SOCKET_PATH = 100;

export const worldFile = (stateDir: string): string => path.join(stateDir, 'world.json');
export const logFile = (stateDir: string): string => path.join(stateDir, 'sandbox.log');
/** Which port the endpoint had, so that it can have it again: open consoles know it. */
export const portFile = (stateDir: string): string => path.join(stateDir, 'endpoint-port');

/**
 * The control socket of a state directory. In the directory itself, or, when that path is too long for a socket, under a
 * hashed name in the user's runtime directory.
 */
export function controlSocket(stateDir: string, env: NodeJS.ProcessEnv = process.env): string {
  const absolute = path.resolve(stateDir);
  const own = path.join(absolute, 'control.sock');
  if (Buffer.byteLength(own) <= MAX_SOCKET_PATH) return own;
  const name = `${createHash('sha256').update(absolute).digest('hex').slice(0, 16)}.sock`;
  for (const base of [env.XDG_RUNTIME_DIR, tmpdir(), '/tmp']) {
    if (!base) continue;
    const candidate = path.join(base, `kubecore-${userInfo().uid}`, name);
    if (Buffer.byteLength(candidate) <= MAX_SOCKET_PATH) return candidate;
  }
  throw new KubecoreError({
    what: 'the sandbox cannot have a control socket',
    why: `every directory it could be in has a path of more than ${MAX_SOCKET_PATH} bytes`,
    next: 'set XDG_RUNTIME_DIR or TMPDIR to a short directory of yours',
    fault: 'input',
  });
}

/**
 * Makes a directory that only its owner can enter.
 * @throws KubecoreError when it is somebody else's, as a directory prepared in /tmp could be
 */
export function privateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const found = lstatSync(directory);
  const uid = process.getuid?.();
  if (!found.isDirectory() || (uid !== undefined && found.uid !== uid))
    throw new KubecoreError({
      what: `the directory ${directory} cannot be used`,
      why: 'it belongs to somebody else',
      next: 'remove it, or set KUBECORE_STATE_DIR to a directory of yours',
      fault: 'input',
    });
}
