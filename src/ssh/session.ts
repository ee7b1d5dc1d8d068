/** Owns one session channel: how it ended, when all of its output has come, and how to kill what runs in it. */
import type { ClientChannel } from 'ssh2';

export interface Exit {
  readonly code: number | null;
  /** `SIGKILL`, … when a signal ended it. */
  readonly signal: string | null;
}

export class Session {
  readonly channel: ClientChannel;
  /** null while it runs, and for ever when the server tells no status. */
  exit: Exit | null = null;
  /** Resolves when the channel has closed and all of its output was read: the exit status may come before the last data. */
  readonly ended: Promise<void>;
  #killed = false;

  constructor(channel: ClientChannel) {
    this.channel = channel;
    channel.on('exit', (code: number | null, signal?: string) => {
      this.exit = { code: code ?? null, signal: code === null ? (signal ?? null) : null };
    });
    // What is written after the far side has closed is lost by nature, and no error of ours.
    channel.on('error', () => {});
    channel.stderr.on('error', () => {});
    const stdoutDone = new Promise<void>((resolve) => channel.once('close', resolve));
    const stderrDone = new Promise<void>((resolve) => channel.stderr.once('close', resolve));
    this.ended = Promise.all([stdoutDone, stderrDone]).then(() => {});
  }

  /**
   * Kills the command and closes the channel. sshd (7.9 and later, not as root) passes the signal to the command's process group;
   * any other ignores it, and what watches the channel over there (quote.ts) ends the command.
   */
  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    this.channel.signal('KILL');
    this.channel.close();
    // The close is seen only once the rest has been read.
    this.channel.removeAllListeners('data');
    this.channel.resume();
    this.channel.stderr.resume();
  }
}
