/** Owns one sftp channel: requests as promises that also end when the channel does, and how to kill it. */
import type { SFTPWrapper } from 'ssh2';

/** SSH_FX codes of the SFTP draft, version 3. */
export const SFTP = { noSuchFile: 2, permissionDenied: 3, failure: 4 } as const;

export type SftpError = Error & { readonly code?: number | string };

export class SftpSession {
  readonly ended: Promise<void>;
  readonly #sftp: SFTPWrapper;
  readonly #gone: Promise<never>;
  #giveUp: () => void = () => {};

  constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp;
    // A broken stream of packets ends the channel, which is told by its own event.
    sftp.on('error', () => sftp.end());
    this.ended = new Promise<void>((resolve) => sftp.once('close', () => resolve()));
    this.#gone = new Promise((_, reject) => {
      this.#giveUp = () => reject(new Error('the sftp channel was closed'));
    });
    this.#gone.catch(() => {});
    this.ended.then(this.#giveUp);
  }

  /** One request: `ask((sftp, done) => sftp.open(path, 'w', done))`. Rejects with ssh2's error, whose code is SFTP's. */
  ask<T>(request: (sftp: SFTPWrapper, done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => {
      request(this.#sftp, (error, value) => (error ? reject(error) : resolve(value as T)));
    });
    return Promise.race([answer, this.#gone]);
  }

  /** Requests fail at once: the far side may never answer any more. */
  kill(): void {
    this.#giveUp();
    this.#sftp.end();
  }
}
