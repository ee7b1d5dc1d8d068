/** The demo is a test: the tape is played into a real shell in a pseudo-terminal, and every screen it waits for must come. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STEPS } from '../../src/ui/widgets/steps.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import {
  playTape,
  readTape,
  type TapeCommand,
  type TapeTerminal,
  tapeEnv,
  tapeSize,
} from '../helpers/tape.ts';
import { ROOT, TerminalSession } from '../helpers/terminal.ts';

const tape = readTape(await readFile(path.join(ROOT, 'demo.tape'), 'utf8'));
/** The screens that satisfied the tape's waits when it was played for real, in order. */
const recorded: string[] = [];
let home: SandboxHome;
let terminal: TerminalSession;

beforeAll(async () => {
  home = await sandboxHome();
  terminal = new TerminalSession('bash', ['--noprofile', '--norc'], {
    ...tapeSize(tape),
    cwd: ROOT,
    env: { ...home.env, PS1: '$ ', ...tapeEnv(tape) },
  });
});
afterAll(async () => {
  await terminal.dispose();
  await home.dispose();
});

test('the tape plays to its end against the sandbox', { timeout: 180_000 }, async () => {
  await playTape(tape, terminal, (screen) => recorded.push(screen));
  expect(recorded).toHaveLength(tape.filter(({ kind }) => kind === 'wait').length);
  expect(terminal.state()).toMatchObject({ alternate: false, cursorHidden: false });
});

test('the tape waits for every step of the guided setup, the panes and the log tail', () => {
  const waits = tape.flatMap((command) => (command.kind === 'wait' ? [command.pattern.source] : []));
  for (const [index, step] of STEPS.slice(0, 5).entries()) expect(waits).toContain(`${index + 1} ${step}`);
  for (const pane of ['1 Machines', '2 Units', '3 Minions', '4 Pods'])
    expect(
      waits.some((wait) => wait.startsWith(pane)),
      pane,
    ).toBe(true);
  expect(waits).toContain('● following');
});

/** Waits between which no key is pressed look at one screen. */
function screensOf(commands: readonly TapeCommand[]): number[][] {
  const screens: number[][] = [];
  let wait = 0;
  let keyed = true;
  for (const { kind } of commands) {
    if (kind === 'type' || kind === 'key') keyed = true;
    if (kind !== 'wait') continue;
    if (keyed) screens.push([]);
    keyed = false;
    screens.at(-1)?.push(wait++);
  }
  return screens;
}

/** The recorded play once more, but for one screen: its keys lead nowhere, what was there before stays. */
function withoutScreen(missing: readonly number[]): TapeTerminal {
  let wait = -1;
  const shown = (): string => {
    const stuck = missing.includes(wait);
    return recorded[stuck ? (missing[0] ?? 0) - 1 : wait] ?? '';
  };
  return {
    type: () => undefined,
    press: () => undefined,
    text: shown,
    async until(condition, what) {
      wait += 1;
      if (!condition()) throw new Error(`waited for ${what}`);
    },
  };
}

test('the recorded play is a play', async () => {
  await playTape(tape, withoutScreen([]));
});

test.each(screensOf(tape).map((waits) => [tapeLine(waits[0] ?? 0), waits] as const))(
  'taking away the screen of line %i fails the play',
  async (line, waits) => {
    await expect(playTape(tape, withoutScreen(waits))).rejects.toThrow(/demo tape, line \d+: waited for/);
    expect(line).toBeGreaterThan(0);
  },
);

function tapeLine(wait: number): number {
  return tape.filter(({ kind }) => kind === 'wait')[wait]?.line ?? 0;
}
