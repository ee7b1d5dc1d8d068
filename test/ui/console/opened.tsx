/** Owns an open console for tests: what it shows, keys pressed on it, time that passes. */
import { render } from 'ink-testing-library';
import { Console } from '../../../src/ui/console/console.tsx';
import { type TerminalSize, TerminalSizeProvider } from '../../../src/ui/terminal/size.tsx';
import { createTheme } from '../../../src/ui/theme.ts';
import { ThemeContext } from '../../../src/ui/theme-context.ts';
import { feedHealthy, type TestSession, testClock, testSession } from './fakes.ts';

export const KEYS = {
  up: '\x1b[A',
  down: '\x1b[B',
  pageDown: '\x1b[6~',
  pageUp: '\x1b[5~',
  tab: '\t',
  shiftTab: '\x1b[Z',
  esc: '\x1b',
  enter: '\r',
};

export interface OpenOptions {
  readonly back?: () => void;
  readonly colour?: boolean;
  /** Before the console is opened: answers, preferences. */
  readonly prepare?: (session: TestSession) => TestSession;
}

export async function open(size: TerminalSize = { columns: 80, rows: 24 }, options: OpenOptions = {}) {
  const clock = testClock();
  const made = testSession(clock);
  const session = options.prepare?.(made) ?? made;
  let quits = 0;
  const element = (at: TerminalSize) => (
    <ThemeContext value={createTheme(options.colour ?? false)}>
      <TerminalSizeProvider size={at}>
        <Console
          session={session}
          backend={{ kind: 'sandbox' }}
          clock={clock}
          onQuit={() => {
            quits += 1;
          }}
          {...(options.back ? { onBack: options.back } : {})}
        />
      </TerminalSizeProvider>
    </ThemeContext>
  );
  const app = render(element(size));
  await clock.advance(0);
  return {
    clock,
    session,
    app,
    get quits() {
      return quits;
    },
    text: () => app.lastFrame() ?? '',
    lines: () => (app.lastFrame() ?? '').split('\n'),
    /** The line of the selected row, as it is drawn. */
    selected: () => (app.lastFrame() ?? '').split('\n').find((line) => line.includes('▸')) ?? '',
    async press(...keys: string[]) {
      for (const key of keys) {
        app.stdin.write(key);
        await clock.advance(0);
        await clock.advance(0);
      }
    },
    async feed(feed: () => void) {
      feed();
      await clock.advance(100);
    },
    async resize(to: TerminalSize) {
      app.rerender(element(to));
      await clock.advance(0);
    },
  };
}

export async function openHealthy(size?: TerminalSize, options?: OpenOptions) {
  const screen = await open(size, options);
  await screen.feed(() => feedHealthy(screen.session));
  return screen;
}
