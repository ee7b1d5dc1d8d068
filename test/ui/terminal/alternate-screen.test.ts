/** The terminal is put back however the program ends, and once only. */
import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import {
  createAlternateScreen,
  ENTER,
  type ForcedEnd,
  LEAVE,
} from '../../../src/ui/terminal/alternate-screen.ts';
import { onForcedEnd } from '../../../src/ui/terminal/last-words.ts';
import { screenStream } from '../../../src/ui/terminal/screen-stream.ts';

function setUp() {
  const written: string[] = [];
  const log: string[] = [];
  const stdout = Object.assign(new EventEmitter(), {
    destroyed: false,
    writableEnded: false,
    write: (text: string) => {
      written.push(text);
      return true;
    },
  });
  const stdin = {
    isTTY: true,
    isRaw: false,
    setRawMode(on: boolean) {
      stdin.isRaw = on;
      log.push(`raw ${on}`);
    },
  };
  const host = new EventEmitter();
  const ends: ForcedEnd[] = [];
  const screen = createAlternateScreen({
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    process: host as unknown as NodeJS.Process,
    beforeLeave: () => {
      log.push('before leave');
      written.push('last frame');
    },
    onForcedEnd: (end) => ends.push(end),
  });
  return { screen, written, stdout, stdin, host, ends, log };
}

describe('alternate screen', () => {
  it('enters and leaves once, however often it is asked', () => {
    const { screen, written, host, stdin } = setUp();
    screen.enter();
    screen.enter();
    expect(screen.active).toBe(true);
    // From the start: a Ctrl-C on the first screen is a key already.
    expect(stdin.isRaw).toBe(true);
    screen.leave();
    screen.leave();
    expect(written).toEqual([ENTER, LEAVE]);
    expect(stdin.isRaw).toBe(false);
    expect(host.eventNames()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'is left on %s, after the last frame, and says why',
    (signal) => {
      const { screen, written, host, ends } = setUp();
      screen.enter();
      host.emit(signal);
      expect(written).toEqual([ENTER, 'last frame', LEAVE]);
      expect(ends).toEqual([{ kind: 'signal', signal }]);
      host.emit(signal);
      expect(ends).toHaveLength(1);
    },
  );

  it('waits on a signal for what the screens have to save, and hands on what they say', async () => {
    const { screen, host, ends, written } = setUp();
    const takeBack = onForcedEnd(async () => 'the key was saved');
    screen.enter();
    host.emit('SIGTERM');
    expect(written.at(-1)).toBe(LEAVE);
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    takeBack();
    expect(ends).toEqual([{ kind: 'signal', signal: 'SIGTERM', message: 'the key was saved' }]);
  });

  it('is left when the program crashes, before the stack trace, and when it exits', () => {
    const crashed = setUp();
    crashed.screen.enter();
    crashed.host.emit('uncaughtExceptionMonitor', new Error('bug'));
    expect(crashed.written.at(-1)).toBe(LEAVE);
    const exited = setUp();
    exited.screen.enter();
    exited.host.emit('exit', 0);
    expect(exited.written.at(-1)).toBe(LEAVE);
  });

  it('writes no more to a closed pipe, and says so', () => {
    const { screen, written, stdout, ends } = setUp();
    screen.enter();
    const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    stdout.emit('error', error);
    expect(ends).toEqual([{ kind: 'closed', error }]);
    expect(written).not.toContain(LEAVE);
    expect(() => stdout.emit('error', error)).not.toThrow();
  });

  it('lends the terminal and takes it again', () => {
    const { screen, written, stdin } = setUp();
    screen.enter();
    screen.suspend();
    expect(screen.active).toBe(false);
    expect(stdin.isRaw).toBe(false);
    screen.resume(() => written.push('redrawn'));
    expect(stdin.isRaw).toBe(true);
    expect(written).toEqual([ENTER, LEAVE, ENTER, 'redrawn']);
    screen.suspend();
    screen.leave();
    expect(written.filter((text) => text === LEAVE)).toHaveLength(2);
  });
});

describe('screen stream', () => {
  it('keeps the user’s scrollback and passes the rest', () => {
    const { stdout, written } = setUp();
    const stream = screenStream(
      Object.assign(stdout, { columns: 120, rows: 40 }) as unknown as NodeJS.WriteStream,
    );
    stream.write('\x1b[2J\x1b[3J\x1b[Hframe');
    expect(written).toEqual(['\x1b[2J\x1b[Hframe']);
    expect(stream.columns).toBe(120);
    let resized = 0;
    stream.on('resize', () => {
      resized += 1;
    });
    stdout.emit('resize');
    expect(resized).toBe(1);
  });
});
