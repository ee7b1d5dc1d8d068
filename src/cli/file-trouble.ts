/** Owns why a file of this computer could not be read or written, in words instead of Node's codes. */
import { oneLine } from './io.ts';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of its path is no directory',
  EISDIR: 'it is a directory',
  EACCES: 'its permissions do not allow it',
  EPERM: 'its permissions do not allow it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EEXIST: 'there is a file of that name',
  ELOOP: 'it is a symbolic link that leads back to itself',
};

/** `it is a directory`; what has no words of ours is told in Node's. */
export const fileTrouble = ({ code, message }: NodeJS.ErrnoException): string =>
  WORDS[code ?? ''] ?? oneLine(message);
