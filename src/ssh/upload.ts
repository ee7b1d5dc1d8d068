/**
 * Owns bringing a file to a node by SFTP: written beside its place under a name of its own, then renamed, so that nobody over
 * there ever reads half a file.
 */
import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { printable } from '../cluster/printable.ts';
import { abortError, WAITED_ENOUGH } from './deadline.ts';
import { uploadError } from './errors.ts';
import type { Connection } from './live-connection.ts';
import { SFTP, type SftpError, type SftpSession } from './sftp-session.ts';

/** Every server takes a packet of this much data. */
const PIECE_BYTES = 32_768;
const PIECES_AT_ONCE = 16;

export interface UploadOptions {
  /** Permissions of the file. Default 0o644. */
  readonly mode?: number;
  readonly signal?: AbortSignal;
  /** Default 60,000. */
  readonly timeoutMs?: number;
}

export const DEFAULT_UPLOAD_MS = 60_000;

/** @throws KubecoreError: SftpAbsent, DiskFull, PermissionDenied, NoSuchDirectory, UploadTimedOut, UploadFailed. */
export async function uploadOn(
  connection: Connection,
  path: string,
  bytes: Uint8Array,
  options: UploadOptions,
  /** Aborted with WAITED_ENOUGH when the time is up, else by whoever wants it stopped. */
  signal: AbortSignal,
): Promise<void> {
  const { to } = connection;
  const session = await connection.openSftp({ priority: 'interactive', long: false, signal });
  const onAbort = () => session.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  connection.gone.then(onAbort);
  const part = posix.join(posix.dirname(path), `.${posix.basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await write(session, part, bytes, options.mode ?? 0o644);
    await moveOver(session, part, path);
  } catch (error) {
    if (signal.aborted) {
      throw signal.reason === WAITED_ENOUGH
        ? uploadError('UploadTimedOut', to, path, 'it did not end in time')
        : abortError(signal, `the upload to ${to} was stopped`);
    }
    if (connection.lost !== null) throw connection.lost;
    throw await explain(session, error as SftpError, connection, path, bytes.length);
  } finally {
    signal.removeEventListener('abort', onAbort);
    session.kill();
  }
}

async function write(session: SftpSession, path: string, bytes: Uint8Array, mode: number): Promise<void> {
  // Nobody else may read it before it has the permissions that were asked for.
  const handle = await session.ask<Buffer>((sftp, done) => sftp.open(path, 'wx', 0o600, done));
  try {
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const writer = async () => {
      while (at < data.length) {
        const from = at;
        const length = Math.min(PIECE_BYTES, data.length - from);
        at += length;
        await session.ask((sftp, done) => sftp.write(handle, data, from, length, from, done));
      }
    };
    const writers = await Promise.allSettled(Array.from({ length: PIECES_AT_ONCE }, writer));
    for (const writing of writers) if (writing.status === 'rejected') throw writing.reason;
    await session.ask((sftp, done) => sftp.fchmod(handle, mode, done));
    await session.ask((sftp, done) => sftp.close(handle, done));
  } catch (error) {
    await session.ask((sftp, done) => sftp.unlink(path, done)).catch(() => {});
    throw error;
  }
}

/** In one step where the server knows rename as POSIX has it; SFTP's own may refuse to write over a file. */
async function moveOver(session: SftpSession, from: string, to: string): Promise<void> {
  const ask = (request: Parameters<SftpSession['ask']>[0]) => session.ask(request);
  try {
    await ask((sftp, done) => sftp.ext_openssh_rename(from, to, done)).catch(() =>
      ask((sftp, done) => sftp.rename(from, to, done)).catch(async () => {
        await ask((sftp, done) => sftp.unlink(to, done));
        await ask((sftp, done) => sftp.rename(from, to, done));
      }),
    );
  } catch (error) {
    await ask((sftp, done) => sftp.unlink(from, done)).catch(() => {});
    throw error;
  }
}

interface FileSystem {
  readonly f_bsize: number;
  readonly f_bavail: number;
  readonly f_favail: number;
  readonly f_files: number;
}

/** SFTP 3 has no word for a full disk: the file system is asked. */
async function explain(
  session: SftpSession,
  error: SftpError,
  { to }: Connection,
  path: string,
  size: number,
): Promise<Error> {
  const directory = posix.dirname(path);
  if (error.code === SFTP.noSuchFile) {
    return uploadError('NoSuchDirectory', to, path, `there is no directory ${printable(directory)}`);
  }
  if (error.code === SFTP.permissionDenied) {
    return uploadError('PermissionDenied', to, path, `the user may not write in ${printable(directory)}`);
  }
  if (error.code === SFTP.failure) {
    const disk = await session
      .ask<FileSystem>((sftp, done) => sftp.ext_openssh_statvfs(directory, done as never))
      .catch(() => null);
    const free = disk === null ? null : disk.f_bavail * disk.f_bsize;
    if (disk !== null && free !== null && (free < size || (disk.f_files > 0 && disk.f_favail === 0))) {
      return uploadError(
        'DiskFull',
        to,
        path,
        `the disk is full: ${free} bytes are free, ${size} are needed`,
      );
    }
  }
  return uploadError('UploadFailed', to, path, printable(error.message));
}
