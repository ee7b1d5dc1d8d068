/**
 * Owns playing a VHS tape (github.com/charmbracelet/vhs, "Command Reference") in a pseudo-terminal: reads its commands, types
 * them, honours its Wait patterns. A screen that does not come fails the play, so the tape that makes the demo is a test.
 */
import { KEYS, type KeyName } from './terminal.ts';

export type TapeCommand =
  | { readonly line: number; readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly line: number; readonly kind: 'env'; readonly name: string; readonly value: string }
  | { readonly line: number; readonly kind: 'require' | 'output' | 'screenshot'; readonly value: string }
  | { readonly line: number; readonly kind: 'type'; readonly text: string }
  | {
      readonly line: number;
      readonly kind: 'key';
      readonly key: KeyName | `Ctrl+${string}`;
      readonly times: number;
    }
  | { readonly line: number; readonly kind: 'sleep'; readonly ms: number }
  | { readonly line: number; readonly kind: 'hide' | 'show' }
  | {
      readonly line: number;
      readonly kind: 'wait';
      readonly scope: 'screen' | 'line';
      readonly timeoutMs: number | null;
      readonly pattern: RegExp;
    };

export class TapeError extends Error {
  constructor(line: number, message: string) {
    super(`demo tape, line ${line}: ${message}`);
    this.name = 'TapeError';
  }
}

/** `500ms`, `2s`, `1.5`, as VHS writes time: a bare number is seconds. */
function milliseconds(text: string, line: number): number {
  const match = /^(\d*\.?\d+)(ms|s|m)?$/.exec(text);
  if (!match) throw new TapeError(line, `"${text}" is not a time`);
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[(match[2] ?? 's') as 'ms' | 's' | 'm'];
}

function quoted(text: string, line: number): string {
  const match = /^(["'`])(.*)\1$/.exec(text.trim());
  if (!match) throw new TapeError(line, `${text} is not a quoted string`);
  return match[2]!;
}

const unquoted = (text: string): string => /^(["'`])(.*)\1$/.exec(text.trim())?.[2] ?? text.trim();

const KEY_COMMAND = new RegExp(`^(${Object.keys(KEYS).join('|')})(?:@\\S+)?(?:\\s+(\\d+))?$`);

/** Reads a tape. A command this reader does not know is an error: nothing of the tape is passed over in silence. */
export function readTape(source: string): readonly TapeCommand[] {
  const commands: TapeCommand[] = [];
  for (const [index, raw] of source.split('\n').entries()) {
    const line = index + 1;
    const text = raw.trim();
    if (text === '' || text.startsWith('#')) continue;
    const word = /^\S+/.exec(text)![0];
    const rest = text.slice(word.length).trim();
    const key = KEY_COMMAND.exec(text);
    const wait = /^Wait(?:\+(Screen|Line))?(?:@(\S+))?(?:\s+\/(.*)\/)?$/.exec(text);
    if (word === 'Set') {
      const [, name, value] = /^(\S+)\s+(.*)$/.exec(rest) ?? [];
      if (!name || !value) throw new TapeError(line, `Set needs a name and a value`);
      commands.push({ line, kind: 'set', name, value: unquoted(value) });
    } else if (word === 'Env') {
      const [, name, value] = /^(\S+)\s+(.*)$/.exec(rest) ?? [];
      if (!name || !value) throw new TapeError(line, `Env needs a name and a value`);
      commands.push({ line, kind: 'env', name, value: unquoted(value) });
    } else if (word === 'Output' || word === 'Require' || word === 'Screenshot') {
      commands.push({
        line,
        kind: word.toLowerCase() as 'output' | 'require' | 'screenshot',
        value: unquoted(rest),
      });
    } else if (word === 'Type' || word.startsWith('Type@')) {
      commands.push({ line, kind: 'type', text: quoted(rest, line) });
    } else if (word === 'Sleep') {
      commands.push({ line, kind: 'sleep', ms: milliseconds(rest, line) });
    } else if (word === 'Hide' || word === 'Show') {
      commands.push({ line, kind: word.toLowerCase() as 'hide' | 'show' });
    } else if (wait) {
      commands.push({
        line,
        kind: 'wait',
        scope: wait[1] === 'Line' || wait[1] === undefined ? 'line' : 'screen',
        timeoutMs: wait[2] ? milliseconds(wait[2], line) : null,
        pattern: new RegExp(wait[3] ?? '>$', 'm'),
      });
    } else if (key) {
      commands.push({ line, kind: 'key', key: key[1] as KeyName, times: Number(key[2] ?? 1) });
    } else if (/^Ctrl\+[A-Za-z]$/.test(text)) {
      commands.push({ line, kind: 'key', key: text as `Ctrl+${string}`, times: 1 });
    } else {
      throw new TapeError(line, `this player does not know "${word}"`);
    }
  }
  return commands;
}

/** Size in cells that a tape's `Set Width/Height/FontSize/Padding` (pixels) comes to, as VHS lays out its terminal. */
export function tapeSize(commands: readonly TapeCommand[]): { columns: number; rows: number } {
  const setting = (name: string, fallback: number): number => {
    const found = commands.findLast((command) => command.kind === 'set' && command.name === name);
    return found?.kind === 'set' ? Number(found.value) : fallback;
  };
  const font = setting('FontSize', 22);
  const padding = setting('Padding', 60);
  return {
    columns: Math.floor((setting('Width', 1200) - 2 * padding) / (font * 0.6)),
    rows: Math.floor((setting('Height', 600) - 2 * padding) / (font * setting('LineHeight', 1))),
  };
}

/** The environment a tape asks for. */
export function tapeEnv(commands: readonly TapeCommand[]): Record<string, string> {
  return Object.fromEntries(
    commands.filter((command) => command.kind === 'env').map(({ name, value }) => [name, value]),
  );
}

/** What a tape is played into: a TerminalSession, or a recording of one. */
export interface TapeTerminal {
  type(text: string): void;
  press(...keys: readonly (KeyName | `Ctrl+${string}`)[]): void;
  text(): string;
  /** Resolves when the condition holds; rejects with the screen when it does not come to that. */
  until(condition: () => boolean, what: string, timeoutMs?: number): Promise<void>;
}

/**
 * Plays a tape into a running shell. `Sleep` is for human eyes and is left out; `Wait` is what paces the play.
 * @param seen called with the screen that satisfied each Wait
 */
export async function playTape(
  commands: readonly TapeCommand[],
  terminal: TapeTerminal,
  seen: (screen: string) => void = () => undefined,
): Promise<void> {
  let timeout = 15_000;
  for (const command of commands) {
    if (command.kind === 'set' && command.name === 'WaitTimeout') {
      timeout = milliseconds(command.value, command.line);
    } else if (command.kind === 'type') terminal.type(command.text);
    else if (command.kind === 'key') for (let i = 0; i < command.times; i++) terminal.press(command.key);
    else if (command.kind === 'wait') {
      const { pattern, scope, line } = command;
      const shows = (): boolean =>
        pattern.test(scope === 'screen' ? terminal.text() : lastLine(terminal.text()));
      await terminal.until(shows, `${pattern}`, command.timeoutMs ?? timeout).catch((error: Error) => {
        throw new TapeError(line, error.message);
      });
      seen(terminal.text());
    }
  }
}

const lastLine = (text: string): string => text.split('\n').findLast((line) => line !== '') ?? '';
