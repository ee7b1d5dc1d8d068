/**
 * Owns the connections to nodes behind the master: opened through it when needed, shared by all who talk to the node, closed
 * when idle. At most eight handshakes run at a time, and one that sshd drops for their number (MaxStartups) is tried again.
 */
import { KubecoreError } from '../cluster/errors.ts';
import type { Clock, Random } from '../cluster/ports.ts';
import { abortError, after, orAborted, WAITED_ENOUGH } from './deadline.ts';
import { stillConnecting } from './errors.ts';
import type { Connection } from './live-connection.ts';

const HANDSHAKES = 8;
const ATTEMPTS = 5;

/** A connection in use; `done` lets it become idle. */
export interface Lease {
  readonly connection: Connection;
  done(): void;
}

export interface Nodes {
  get(address: string, signal: AbortSignal): Promise<Lease>;
  close(): void;
}

export interface NodesOptions {
  connect(address: string, signal: AbortSignal): Promise<Connection>;
  /** Why the master itself is not there at the moment; null when it is. */
  delayedBy(): string | null;
  readonly idleMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

interface Entry {
  readonly connecting: Promise<Connection>;
  users: number;
  cancelIdle: () => void;
}

export function createNodes(options: NodesOptions): Nodes {
  const { clock, random } = options;
  const entries = new Map<string, Entry>();
  const closing = new AbortController();
  const gate = createGate(HANDSHAKES);

  const connectPatiently = async (address: string): Promise<Connection> => {
    for (let attempt = 1; ; attempt++) {
      const leave = await gate.enter();
      try {
        return await options.connect(address, closing.signal);
      } catch (error) {
        const dropped = error instanceof KubecoreError && error.code === 'HandshakeLost';
        if (!dropped || attempt === ATTEMPTS || closing.signal.aborted) throw error;
      } finally {
        leave();
      }
      await clock.sleep(150 * 2 ** attempt * (0.5 + random()), closing.signal);
    }
  };

  const enter = (address: string): Entry => {
    const existing = entries.get(address);
    if (existing !== undefined) return existing;
    const connecting = connectPatiently(address);
    const entry: Entry = { connecting, users: 0, cancelIdle: () => {} };
    const forget = () => {
      entry.cancelIdle();
      if (entries.get(address) === entry) entries.delete(address);
    };
    entries.set(address, entry);
    connecting.then((connection) => connection.gone.then(forget), forget);
    return entry;
  };

  return {
    async get(address, signal) {
      const entry = enter(address);
      entry.cancelIdle();
      entry.users++;
      let released = false;
      const done = () => {
        if (released) return;
        released = true;
        entry.users--;
        if (entry.users > 0) return;
        entry.cancelIdle = after(clock, options.idleMs, () => {
          entries.delete(address);
          entry.connecting.then(
            (connection) => connection.end(),
            () => {},
          );
        });
      };
      try {
        const connection = await orAborted(entry.connecting, signal, () =>
          signal.reason === WAITED_ENOUGH
            ? stillConnecting(address, options.delayedBy())
            : abortError(signal, `connecting to ${address} was stopped`),
        );
        return { connection, done };
      } catch (error) {
        done();
        throw error;
      }
    },
    close() {
      closing.abort();
      for (const entry of entries.values()) {
        entry.cancelIdle();
        entry.connecting.then(
          (connection) => connection.end(),
          () => {},
        );
      }
      entries.clear();
    },
  };
}

function createGate(size: number): { enter(): Promise<() => void> } {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return {
    async enter() {
      if (inside >= size) await new Promise<void>((resolve) => waiting.push(resolve));
      else inside++;
      return () => {
        const next = waiting.shift();
        if (next === undefined) inside--;
        else next();
      };
    },
  };
}
