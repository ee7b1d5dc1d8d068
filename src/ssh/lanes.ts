/**
 * Owns the sessions of one connection: sshd opens MaxSessions (10) at most, so requests queue for a lane. A person's keypress goes
 * before a poll, two lanes are kept free for it, and what stays open for long (logs, shells) never takes all of them.
 */

export interface LaneUse {
  readonly priority: 'interactive' | 'poll';
  /** Open until somebody ends it: a log, a shell. */
  readonly long: boolean;
}

export interface Lane {
  /** Gives it back; more than once does no harm. */
  release(): void;
}

interface Waiting {
  readonly use: LaneUse;
  readonly take: (lane: Lane) => void;
}

export class Lanes {
  #limit: number;
  #open = 0;
  #long = 0;
  #waiting: Waiting[] = [];

  constructor(limit = 10) {
    this.#limit = limit;
  }

  get open(): number {
    return this.#open;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Resolves with a lane; rejects with the signal's reason while it still waits. */
  acquire(use: LaneUse, signal?: AbortSignal): Promise<Lane> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const give = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal?.reason);
      };
      const waiting: Waiting = {
        use,
        take: (lane) => {
          signal?.removeEventListener('abort', give);
          resolve(lane);
        },
      };
      signal?.addEventListener('abort', give, { once: true });
      // First come, first served among equals.
      const at =
        use.priority === 'interactive' ? this.#waiting.findIndex((w) => w.use.priority === 'poll') : -1;
      this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, waiting);
      this.#pump();
    });
  }

  /** sshd refused one more session: it allows no more than are open now. Call it after releasing the refused lane. */
  learnLimit(): void {
    this.#limit = Math.max(1, Math.min(this.#limit, this.#open));
  }

  #fits(use: LaneUse): boolean {
    const kept = this.#limit >= 6 ? 2 : this.#limit >= 3 ? 1 : 0;
    const poll = use.priority === 'poll';
    if (this.#open >= this.#limit - (poll ? kept : 0)) return false;
    // Two more stay for the polls themselves, or a few logs would stop every pane.
    return !use.long || this.#long < Math.max(1, this.#limit - (poll ? 2 * kept : kept));
  }

  #pump(): void {
    for (let i = 0; i < this.#waiting.length; ) {
      const next = this.#waiting[i] as Waiting;
      if (!this.#fits(next.use)) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#open++;
      if (next.use.long) this.#long++;
      let held = true;
      next.take({
        release: () => {
          if (!held) return;
          held = false;
          this.#open--;
          if (next.use.long) this.#long--;
          this.#pump();
        },
      });
    }
  }
}
