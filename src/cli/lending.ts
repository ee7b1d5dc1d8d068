/**
 * Owns giving the terminal over while the screens are up: to a shell on a node, to an editor, to the user's own shell (Ctrl-Z);
 * and taking it back whole. Ink goes on drawing meanwhile, into nothing.
 */
import type { AlternateScreen } from '../ui/terminal/alternate-screen.ts';

export interface Lender {
  /** Is the terminal somebody else's? */
  readonly lent: boolean;
  /** Lends the terminal for the time of `work`. @throws when it is lent already */
  lend<T>(work: () => Promise<T>): Promise<T>;
  /** Stops the program as Ctrl-Z does everywhere, and redraws when it goes on. */
  stop(): void;
  /** Stops listening for the signals. */
  release(): void;
}

export interface LenderOptions {
  readonly host: NodeJS.Process;
  readonly screen: Pick<AlternateScreen, 'suspend' | 'resume'>;
  /** Writes the whole frame again. */
  readonly redraw: () => void;
}

/** Node tells of SIGCONT a moment after it went on. */
const CONTINUED_MS = 150;

type Listener = (...args: unknown[]) => void;

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

export function createLender({ host, screen, redraw }: LenderOptions): Lender {
  const { stdin } = host;
  let lent = false;

  /** Ink reads on `readable`: whoever has the terminal must be the only one to read it. */
  async function takeInput(): Promise<() => Promise<void>> {
    const readers = stdin.listeners('readable') as Listener[];
    for (const reader of readers) stdin.off('readable', reader);
    // The stream notices one turn later that nobody reads it; only a flowing one can be paused, which ends the reading.
    await turn();
    stdin.resume();
    stdin.pause();
    return async () => {
      stdin.pause();
      // The reading ends a turn after the pause: begun again before, it would be ended with it.
      await turn();
      for (const reader of readers) stdin.on('readable', reader);
    };
  }

  /** Ctrl-C at a cooked terminal is meant for the program that has it. */
  function deafToInterrupts(): () => void {
    const listeners = host.listeners('SIGINT') as Listener[];
    const nothing = (): void => undefined;
    for (const listener of listeners) host.off('SIGINT', listener);
    host.on('SIGINT', nothing);
    return () => {
      host.off('SIGINT', nothing);
      for (const listener of listeners) host.on('SIGINT', listener);
    };
  }

  async function lend<T>(work: () => Promise<T>): Promise<T> {
    if (lent) throw new Error('the terminal is lent already');
    lent = true;
    screen.suspend();
    const giveInputBack = await takeInput();
    const hearAgain = deafToInterrupts();
    try {
      return await work();
    } finally {
      hearAgain();
      await giveInputBack();
      lent = false;
      screen.resume(redraw);
    }
  }

  const stopNow = async (): Promise<void> => {
    const continued = new Promise<void>((done) => {
      host.once('SIGCONT', () => done());
      // A process group that nobody could bring back is not stopped by the system: then there is nothing to wait for.
      setTimeout(done, CONTINUED_MS);
    });
    host.off('SIGTSTP', stop);
    // The whole job stops, as at the terminal's own Ctrl-Z: `npx` above us too.
    host.kill(0, 'SIGTSTP');
    await continued;
    host.on('SIGTSTP', stop);
  };
  const stop = (): void => {
    if (!lent) void lend(stopNow);
  };
  /** Stopped by somebody else: the terminal's modes are the shell's now. */
  const onContinue = (): void => {
    if (lent) return;
    screen.suspend();
    screen.resume(redraw);
  };
  host.on('SIGTSTP', stop);
  host.on('SIGCONT', onContinue);

  return {
    get lent() {
      return lent;
    },
    lend,
    stop,
    release() {
      host.off('SIGTSTP', stop);
      host.off('SIGCONT', onContinue);
    },
  };
}

/** The lender of the screen that is up on a process's terminal. */
const lenders = new WeakMap<NodeJS.Process, Lender>();

export const setLender = (host: NodeJS.Process, lender: Lender | null): void => {
  if (lender) lenders.set(host, lender);
  else lenders.delete(host);
};

/** Lends the terminal where a screen is up; without one it is free anyway. */
export function withTerminal<T>(host: NodeJS.Process, work: () => Promise<T>): Promise<T> {
  return lenders.get(host)?.lend(work) ?? work();
}
