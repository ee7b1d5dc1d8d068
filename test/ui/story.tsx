/** The app on a screen that a test reads and types on: waits for words, never for time. */
import { stripVTControlCharacters } from 'node:util';
import { cleanup, render } from 'ink-testing-library';
import { DEFAULTS, type Parameters } from '../../src/cluster/parameters.ts';
import { App, type AppInitial } from '../../src/ui/app.tsx';
import type { ExitResult } from '../../src/ui/exit-result.ts';
import type { KnownCluster } from '../../src/ui/known-clusters.ts';
import { TerminalSizeProvider } from '../../src/ui/terminal/size.tsx';
import type { FakeServices } from './fake-services.ts';

export const KEY = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  enter: '\r',
  home: '\u001b[H',
  end: '\u001b[F',
  esc: '\u001b',
  tab: '\t',
  shiftTab: '\u001b[Z',
  backspace: '\u007f',
  delete: '\u001b[3~',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  ctrl: (letter: string): string => String.fromCharCode(letter.charCodeAt(0) - 96),
} as const;

export interface Story {
  screen(): string;
  /** Sends keys as one packet. */
  press(...keys: string[]): Promise<void>;
  /** Until the screen has all of these. */
  sees(...words: (string | RegExp)[]): Promise<void>;
  /** Until the screen has none of these. */
  loses(...words: string[]): Promise<void>;
  /** Until the app ended. */
  ends(): Promise<ExitResult>;
  readonly exits: ExitResult[];
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(holds: () => boolean, why: () => string): Promise<void> {
  const end = Date.now() + 8000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(why());
    await settle();
  }
  // What a screen does as it appears is done after it was drawn.
  await settle();
  await settle();
}

export function story(
  services: FakeServices,
  options: {
    readonly size?: { readonly columns: number; readonly rows: number };
    readonly parameters?: Partial<Parameters>;
    readonly initial?: Partial<AppInitial>;
    readonly clusters?: readonly KnownCluster[];
  } = {},
): Story {
  const exits: ExitResult[] = [];
  const initial: AppInitial = {
    screen: 'wizard',
    parameters: { ...DEFAULTS, ...options.parameters },
    ...options.initial,
  };
  const app = render(
    <TerminalSizeProvider size={options.size ?? { columns: 80, rows: 24 }}>
      <App
        services={services}
        initial={initial}
        {...(options.clusters ? { clusters: options.clusters } : {})}
        onExit={(result) => exits.push(result)}
      />
    </TerminalSizeProvider>,
  );
  const screen = (): string => stripVTControlCharacters(app.lastFrame() ?? '');
  const has = (word: string | RegExp): boolean =>
    typeof word === 'string' ? screen().includes(word) : word.test(screen());
  return {
    screen,
    exits,
    async press(...keys) {
      // The screen's keys are live only once React's effects ran.
      await settle();
      app.stdin.write(keys.join(''));
      await settle();
    },
    sees: (...words) =>
      until(
        () => words.every(has),
        () => `the screen does not show ${words.filter((word) => !has(word)).join(' | ')}:\n${screen()}`,
      ),
    loses: (...words) =>
      until(
        () => !words.some(has),
        () => `the screen still shows ${words.filter(has).join(' | ')}:\n${screen()}`,
      ),
    async ends() {
      await until(
        () => exits.length > 0,
        () => `the app did not end:\n${screen()}`,
      );
      return exits[0]!;
    },
  };
}

export const endStories = cleanup;
