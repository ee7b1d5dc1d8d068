/**
 * Owns the interactive login: the prompt, line editing (arrows, history, ^A ^E ^U ^K ^W, backspace), ^C and ^D, and the
 * terminal's line discipline while a command runs.
 */
import type { ServerChannel } from 'ssh2';
import type { RunningHost } from './host.ts';
import type { Shell } from './shell/run.ts';
import { Killed } from './shell/session.ts';
import { BrokenPipe, Pipe } from './shell/streams.ts';
import { channelSink, endChannel, outcomeOf } from './ssh-session.ts';

interface Line {
  text: string;
  at: number;
}

/** What the keys say: a finished line, an interrupt, the end of input, or null while the line grows. */
type Key =
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'interrupt' }
  | { readonly type: 'end' };

/** The line editor: keys in, what to show out. Pure but for its own line and history. */
export class LineEditor {
  #line: Line = { text: '', at: 0 };
  readonly #history: string[] = [];
  #recall = 0;
  #escape = '';

  /** Feeds one character; `echo` shows text. */
  feed(char: string, echo: (text: string) => void): Key | null {
    if (this.#escape !== '' || char === '\x1b') {
      this.#escape += char;
      if (/^\x1b(\[[0-9;]*[A-Za-z~]|O[A-Z]|[^[O])$/.test(this.#escape)) {
        const sequence = this.#escape;
        this.#escape = '';
        this.#move(sequence, echo);
      }
      return null;
    }
    const line = this.#line;
    switch (char) {
      case '\r':
      case '\n': {
        echo('\r\n');
        const { text } = line;
        if (text.trim() !== '' && this.#history.at(-1) !== text) this.#history.push(text);
        this.#recall = this.#history.length;
        this.#line = { text: '', at: 0 };
        return { type: 'line', text };
      }
      case '\x03':
        echo('^C\r\n');
        this.#line = { text: '', at: 0 };
        return { type: 'interrupt' };
      case '\x04':
        if (line.text === '') return { type: 'end' };
        return null;
      case '\x7f':
      case '\b':
        if (line.at > 0)
          this.#replace(line.text.slice(0, line.at - 1) + line.text.slice(line.at), line.at - 1, echo);
        return null;
      case '\x01':
        this.#replace(line.text, 0, echo);
        return null;
      case '\x05':
        this.#replace(line.text, line.text.length, echo);
        return null;
      case '\x15':
        this.#replace(line.text.slice(line.at), 0, echo);
        return null;
      case '\x0b':
        this.#replace(line.text.slice(0, line.at), line.at, echo);
        return null;
      case '\x17': {
        const kept = line.text.slice(0, line.at).replace(/\S+\s*$/, '');
        this.#replace(kept + line.text.slice(line.at), kept.length, echo);
        return null;
      }
      default:
        if (char >= ' ')
          this.#replace(
            line.text.slice(0, line.at) + char + line.text.slice(line.at),
            line.at + char.length,
            echo,
          );
        return null;
    }
  }

  #move(sequence: string, echo: (text: string) => void): void {
    const { text, at } = this.#line;
    const key = sequence.at(-1);
    if (key === 'A' || key === 'B') {
      const next = this.#recall + (key === 'A' ? -1 : 1);
      if (next < 0 || next > this.#history.length) return;
      this.#recall = next;
      const recalled = this.#history[next] ?? '';
      this.#replace(recalled, recalled.length, echo);
    } else if (key === 'C') this.#replace(text, Math.min(text.length, at + 1), echo);
    else if (key === 'D') this.#replace(text, Math.max(0, at - 1), echo);
    else if (key === 'H') this.#replace(text, 0, echo);
    else if (key === 'F') this.#replace(text, text.length, echo);
    else if (sequence === '\x1b[3~') this.#replace(text.slice(0, at) + text.slice(at + 1), at, echo);
  }

  /** Redraws from the first difference on. */
  #replace(text: string, at: number, echo: (text: string) => void): void {
    const before = this.#line;
    this.#line = { text, at };
    if (
      text === before.text.slice(0, before.at) + text.slice(before.at) &&
      before.at === before.text.length &&
      at === text.length &&
      text.startsWith(before.text)
    ) {
      echo(text.slice(before.text.length));
      return;
    }
    const back = before.at > 0 ? `\x1b[${before.at}D` : '';
    const home = text.length - at > 0 ? `\x1b[${text.length - at}D` : '';
    echo(`${back}${text}\x1b[K${home}`);
  }
}

/** Runs an interactive shell until `exit`, ^D or the channel's end. */
export async function runTerminal(
  shell: Shell,
  channel: ServerChannel,
  host: RunningHost,
  signal: AbortSignal,
): Promise<void> {
  channel.on('error', () => {});
  const out = channelSink(channel, channel, true, signal);
  const raw = channelSink(channel, channel, false, signal);
  const editor = new LineEditor();
  const keys: Key[] = [];
  let wake: (() => void) | null = null;
  let running: { abort: AbortController; input: Pipe; line: string } | null = null;
  const echo = (text: string): void => {
    raw.write(text).catch(() => {});
  };
  const offer = (key: Key): void => {
    keys.push(key);
    wake?.();
  };
  channel.on('data', (data: Buffer) => {
    for (const char of data.toString('utf8')) {
      if (running === null) {
        const key = editor.feed(char, echo);
        if (key !== null) offer(key);
        continue;
      }
      const { abort, input } = running;
      if (char === '\x03') {
        echo('^C\r\n');
        abort.abort(new Killed(2));
      } else if (char === '\x04') {
        if (running.line === '') input.end();
      } else if (char === '\r' || char === '\n') {
        echo('\r\n');
        input.write(`${running.line}\n`).catch(() => {});
        running.line = '';
      } else if (char === '\x7f' || char === '\b') {
        if (running.line === '') continue;
        running.line = running.line.slice(0, -1);
        echo('\b \b');
      } else if (char >= ' ' || char === '\t') {
        running.line += char;
        echo(char);
      }
    }
  });
  channel.on('end', () => offer({ type: 'end' }));
  signal.addEventListener('abort', () => offer({ type: 'end' }), { once: true });
  const prompt = (): string => {
    const cwd = shell.cwd.replace(/^\/home\/core(?=\/|$)/, '~');
    return `core@${host.state.hostname} ${cwd} $ `;
  };
  const outcome = await outcomeOf(async () => {
    await out.write('CoreOS (alpha)\n');
    for (;;) {
      await out.write(prompt());
      let key = keys.shift();
      while (key === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
        key = keys.shift();
      }
      if (signal.aborted) throw signal.reason;
      if (key.type === 'interrupt') continue;
      if (key.type === 'end') {
        await out.write('logout\n');
        return shell.status;
      }
      if (key.text.trim() === '') continue;
      const abort = new AbortController();
      const input = new Pipe();
      running = { abort, input, line: '' };
      try {
        const result = await shell.run(
          key.text,
          { stdin: input, stdout: out, stderr: out },
          AbortSignal.any([signal, abort.signal]),
        );
        if (result.exited) {
          await out.write('logout\n');
          return result.status;
        }
      } catch (error) {
        if (signal.aborted || error instanceof BrokenPipe) throw error;
        if (error instanceof Killed && !abort.signal.aborted) throw error;
      } finally {
        running = null;
        input.close();
      }
    }
  });
  if (outcome !== null) endChannel(channel, outcome);
  else if (!channel.destroyed) channel.close();
}
