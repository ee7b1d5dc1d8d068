/** Owns putting the screens on the terminal: Ink on the alternate screen, and the terminal put back however it ends. */
import { constants } from 'node:os';
import { render } from 'ink';
import { createElement, type ReactElement } from 'react';
import { inputError } from '../cluster/errors.ts';
import { Keyboard } from '../ui/keys/keyboard.tsx';
import { StopContext } from '../ui/keys/use-keys.ts';
import { createAlternateScreen } from '../ui/terminal/alternate-screen.ts';
import { Redrawable, type RedrawHandle } from '../ui/terminal/redraw.tsx';
import { screenStream } from '../ui/terminal/screen-stream.ts';
import { colourWanted, createTheme } from '../ui/theme.ts';
import { ThemeContext } from '../ui/theme-context.ts';
import type { Context } from './context.ts';
import { createLender, setLender } from './lending.ts';

export interface ScreenResult {
  readonly exitCode: number;
  /** Said on the normal screen afterwards. */
  readonly message?: string | undefined;
}

/**
 * Draws `element` until `onExit` is called, a signal comes or the terminal goes away.
 * @param element given the function that ends the screen
 */
export async function showScreen(
  context: Context,
  element: (onExit: (result: ScreenResult) => void) => ReactElement,
): Promise<ScreenResult> {
  const { host, guards, io } = context;
  if (!io.interactive) {
    throw inputError(
      'the screens need a terminal',
      'standard input or output is not one',
      'use kubecore up, status, logs and down in scripts: kubecore --help',
    );
  }
  let end: (result: ScreenResult) => void = () => undefined;
  const ended = new Promise<ScreenResult>((resolve) => {
    end = resolve;
  });
  let unmount = (): void => undefined;
  const screen = createAlternateScreen({
    stdout: host.stdout,
    stdin: host.stdin,
    process: host,
    beforeLeave: () => unmount(),
    onForcedEnd: (forced) =>
      end({
        exitCode: forced.kind === 'signal' ? 128 + constants.signals[forced.signal] : 0,
        ...(forced.message === undefined ? {} : { message: forced.message }),
      }),
  });
  const release = guards.onExit(() => {
    unmount();
    screen.leave();
  });
  // Who saves what is in memory alone when the terminal goes away is asked by the screen's own end.
  guards.outliveOutput();
  screen.enter();
  const frame: RedrawHandle = { redraw: () => undefined };
  const lender = createLender({ host, screen, redraw: () => frame.redraw() });
  setLender(host, lender);
  const theme = createTheme(context.options.color && colourWanted(host.env));
  const drawn = createElement(
    StopContext,
    { value: lender.stop },
    createElement(
      Keyboard,
      null,
      createElement(
        Redrawable,
        { handle: frame },
        createElement(ThemeContext, { value: theme }, element(end)),
      ),
    ),
  );
  const app = render(drawn, {
    stdout: screenStream(host.stdout, () => lender.lent),
    stdin: host.stdin,
    exitOnCtrlC: false,
    patchConsole: true,
    // A key's frame need not wait for the last one's time to be over: a frame costs a few milliseconds.
    maxFps: 60,
    ...(context.options.screenReader === true ? { isScreenReaderEnabled: true } : {}),
  });
  unmount = () => app.unmount();
  try {
    return await Promise.race([ended, app.waitUntilExit().then(() => ended)]);
  } finally {
    setLender(host, null);
    lender.release();
    unmount();
    screen.leave();
    release();
  }
}
