/**
 * Owns the terminal's state while kubecore draws on all of it: the alternate screen, the hidden cursor, raw input; and
 * that all of it is put back however the program ends. It never exits the process: it reports why to end.
 */

import { speakLastWords } from './last-words.ts';
import { mouseAgain } from './mouse-mode.ts';

/** Why the program has to end though nobody pressed a key for it. */
export type ForcedEnd = (
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** Nobody reads the terminal any more: EPIPE, EIO. */
  | { readonly kind: 'closed'; readonly error: Error }
) & {
  /** What the user has to know of what was going on. */
  readonly message?: string;
};

export interface AlternateScreenOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  /** Signals, `exit` and crashes come from here. */
  readonly process: Pick<NodeJS.Process, 'on' | 'off'>;
  /**
   * Before the terminal is put back because of a crash, a signal or a closed pipe: unmount Ink here, or its last frame lands on
   * the normal screen.
   */
  readonly beforeLeave?: () => void;
  /** After the terminal was put back: end the program (128 + the signal's number, or quietly when closed). */
  readonly onForcedEnd: (end: ForcedEnd) => void;
}

export interface AlternateScreen {
  readonly active: boolean;
  /** Takes the terminal. Nothing happens the second time. */
  enter(): void;
  /** Puts everything back and stops listening. Nothing happens the second time. */
  leave(): void;
  /** Lends the normal screen and cooked input to a child, until `resume`. */
  suspend(): void;
  /** Takes the terminal again; `redraw` must write the whole frame (Ink: `useStdout().write('')`). */
  resume(redraw: () => void): void;
}

/** Alternate screen with the cursor saved, cleared, pastes told from keys, cursor hidden (xterm ctlseqs). */
export const ENTER = '\x1b[?1049h\x1b[2J\x1b[H\x1b[?2004h\x1b[?25l';
/** Mouse and bracketed paste off, colours reset, wrapping on, cursor shown, normal screen. */
export const LEAVE = '\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

export function createAlternateScreen(options: AlternateScreenOptions): AlternateScreen {
  const { stdout, stdin } = options;
  let state: 'out' | 'in' | 'lent' = 'out';
  let closed = false;

  const write = (text: string): void => {
    if (closed || stdout.destroyed || stdout.writableEnded) return;
    try {
      stdout.write(text);
    } catch {
      // The terminal is gone: there is nothing left to put back.
      closed = true;
    }
  };
  const raw = (on: boolean): void => {
    try {
      if (stdin.isTTY && stdin.isRaw !== on) stdin.setRawMode(on);
    } catch {
      // EIO after a hang-up: the terminal is gone.
    }
  };

  const forced = (end: ForcedEnd): void => {
    if (state === 'out') return;
    // Asked for before the screens are gone, and waited for after the terminal is back.
    const words = speakLastWords();
    options.beforeLeave?.();
    screen.leave();
    if (words === null) options.onForcedEnd(end);
    else void words.then((message) => options.onForcedEnd(message === null ? end : { ...end, message }));
  };
  const signalHandlers = SIGNALS.map((signal) => [signal, () => forced({ kind: 'signal', signal })] as const);
  const onCrash = (): void => {
    options.beforeLeave?.();
    screen.leave();
  };
  const onExit = (): void => screen.leave();
  const onError = (error: NodeJS.ErrnoException): void => {
    closed = true;
    forced({ kind: 'closed', error });
  };

  const screen: AlternateScreen = {
    get active() {
      return state === 'in';
    },
    enter() {
      if (state !== 'out') return;
      state = 'in';
      for (const [signal, handler] of signalHandlers) options.process.on(signal, handler);
      // The monitor sees crashes without changing that they end the program with a stack trace.
      options.process.on('uncaughtExceptionMonitor', onCrash);
      options.process.on('exit', onExit);
      stdout.on('error', onError);
      // Before anything is drawn: Ctrl-C at the first screen is a key, and what is typed early is not echoed.
      raw(true);
      write(ENTER);
    },
    leave() {
      if (state === 'out') return;
      const lent = state === 'lent';
      state = 'out';
      for (const [signal, handler] of signalHandlers) options.process.off(signal, handler);
      options.process.off('uncaughtExceptionMonitor', onCrash);
      options.process.off('exit', onExit);
      raw(false);
      if (!lent) write(LEAVE);
      // `onError` stays: a late EPIPE of what was just written must not crash the program while it ends.
    },
    suspend() {
      if (state !== 'in') return;
      state = 'lent';
      raw(false);
      write(LEAVE);
    },
    resume(redraw) {
      if (state !== 'lent') return;
      state = 'in';
      raw(true);
      write(ENTER + mouseAgain());
      redraw();
    },
  };
  return screen;
}
