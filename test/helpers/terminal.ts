/**
 * Owns a person's terminal for scenarios: the program in a real pseudo-terminal, its output drawn by xterm's own
 * emulator, so that a test reads the screen a user would see and types the keys a user would press.
 */
import { fileURLToPath } from 'node:url';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PROGRAM = fileURLToPath(new URL('../../dist/kubecore.js', import.meta.url));

/** Keys by the names that people (and VHS tapes) use. */
export const KEYS = {
  Enter: '\r',
  Tab: '\t',
  ShiftTab: '\x1b[Z',
  Escape: '\x1b',
  Backspace: '\x7f',
  Delete: '\x1b[3~',
  Space: ' ',
  Up: '\x1b[A',
  Down: '\x1b[B',
  Right: '\x1b[C',
  Left: '\x1b[D',
  Home: '\x1b[H',
  End: '\x1b[F',
  PageUp: '\x1b[5~',
  PageDown: '\x1b[6~',
} as const;
export type KeyName = keyof typeof KEYS;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
}

export interface Ended {
  readonly code: number;
  readonly signal: number | undefined;
}

export class TerminalSession {
  readonly #pty: pty.IPty;
  readonly #screen: xterm.Terminal;
  readonly #watchers = new Set<() => void>();
  #raw = '';
  #ended: Ended | null = null;

  constructor(command: string, args: readonly string[], options: TerminalOptions = {}) {
    const columns = options.columns ?? 120;
    const rows = options.rows ?? 40;
    this.#screen = new xterm.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
    this.#pty = pty.spawn(command, [...args], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      cwd: options.cwd ?? ROOT,
      env: cleanEnvironment(options.env ?? {}),
    });
    // The emulator answers what programs ask of a terminal (cursor position, device attributes).
    this.#screen.onData((answer) => this.#write(answer));
    this.#pty.onData((data) => {
      this.#raw = (this.#raw + data).slice(-2_000_000);
      this.#screen.write(data, () => this.#notify());
    });
    this.#pty.onExit(({ exitCode, signal }) => {
      this.#ended = { code: exitCode, signal };
      this.#screen.write('', () => this.#notify());
    });
  }

  /** The visible screen, a string a row, right-trimmed. */
  lines(): string[] {
    const buffer = this.#screen.buffer.active;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '',
    );
  }

  /** Everything still in the buffer, scrolled-off lines first. */
  history(): string {
    const buffer = this.#screen.buffer.active;
    return Array.from(
      { length: buffer.length },
      (_, row) => buffer.getLine(row)?.translateToString(true) ?? '',
    ).join('\n');
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** All bytes the program wrote (the last 2 MB). */
  raw(): string {
    return this.#raw;
  }

  /** The terminal as a person would find it: which buffer, is the cursor shown, is bracketed paste left on. */
  state(): { alternate: boolean; cursorHidden: boolean; bracketedPaste: boolean; mouse: string } {
    const shows = this.#raw.lastIndexOf('\x1b[?25h');
    const hides = this.#raw.lastIndexOf('\x1b[?25l');
    return {
      alternate: this.#screen.buffer.active.type === 'alternate',
      cursorHidden: hides > shows,
      bracketedPaste: this.#screen.modes.bracketedPasteMode,
      mouse: this.#screen.modes.mouseTrackingMode,
    };
  }

  type(text: string): void {
    this.#write(text);
  }

  press(...names: readonly (KeyName | `Ctrl+${string}`)[]): void {
    for (const name of names) {
      this.#write(
        name.startsWith('Ctrl+') ? String.fromCharCode(name.charCodeAt(5) & 0x1f) : KEYS[name as KeyName],
      );
    }
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  kill(signal: string): void {
    if (!this.#ended) this.#pty.kill(signal);
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Resolves when the screen shows it; fails with the screen when it does not come in time, or the program ends before. */
  async see(expected: string | RegExp, timeoutMs = 20_000): Promise<string> {
    const shows = (): boolean =>
      typeof expected === 'string' ? this.text().includes(expected) : expected.test(this.text());
    await this.until(shows, `the screen to show ${String(expected)}`, timeoutMs);
    return this.text();
  }

  /** Resolves when the screen no longer shows it. */
  async gone(unexpected: string | RegExp, timeoutMs = 20_000): Promise<void> {
    const shows = (): boolean =>
      typeof unexpected === 'string' ? this.text().includes(unexpected) : unexpected.test(this.text());
    await this.until(() => !shows(), `the screen to lose ${String(unexpected)}`, timeoutMs);
  }

  async until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        clearInterval(tick);
        this.#watchers.delete(check);
        finish();
      };
      const check = (): void => {
        if (condition()) settle(resolve);
        else if (this.#ended)
          settle(() =>
            reject(
              new Error(
                `waited for ${what}, but the program ended with ${this.#ended?.code}:\n${this.history().trimEnd()}`,
              ),
            ),
          );
      };
      const timer = setTimeout(
        () =>
          settle(() =>
            reject(new Error(`waited ${timeoutMs} ms for ${what}; the screen is:\n${this.text()}`)),
          ),
        timeoutMs,
      );
      const tick = setInterval(check, 250);
      this.#watchers.add(check);
      check();
    });
  }

  async end(timeoutMs = 20_000): Promise<Ended> {
    if (!this.#ended) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          this.#watchers.delete(check);
          reject(new Error(`the program did not end within ${timeoutMs} ms; the screen is:\n${this.text()}`));
        }, timeoutMs);
        const check = (): void => {
          if (!this.#ended) return;
          clearTimeout(timer);
          this.#watchers.delete(check);
          resolve();
        };
        this.#watchers.add(check);
      });
    }
    return this.#ended as Ended;
  }

  /** Ends the program whatever it does: for afterEach. */
  async dispose(): Promise<void> {
    if (!this.#ended) {
      this.#pty.kill('SIGKILL');
      await this.end(5_000).catch(() => undefined);
    }
    this.#screen.dispose();
  }

  #write(data: string): void {
    if (!this.#ended) this.#pty.write(data);
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** The test runner's own environment must not leak in: no AWS account, no CI flag, no colour switches. */
function cleanEnvironment(extra: Record<string, string | undefined>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (
      value === undefined ||
      /^(AWS_|KUBECORE_|CI$|FORCE_COLOR|NO_COLOR|NODE_ENV|VITEST|SSH_AUTH_SOCK|NODE_OPTIONS|npm_)/.test(name)
    )
      continue;
    env[name] = value;
  }
  for (const [name, value] of Object.entries(extra)) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return { LANG: 'C.UTF-8', TERM: 'xterm-256color', ...env };
}

/** kubecore itself in a terminal. */
export function kubecore(args: readonly string[], options: TerminalOptions = {}): TerminalSession {
  return new TerminalSession(process.execPath, [PROGRAM, ...args], options);
}
