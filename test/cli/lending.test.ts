/** The terminal lent and taken back: one reader at a time, the screen drawn again, Ctrl-Z as everywhere. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createLender, setLender, withTerminal } from '../../src/cli/lending.ts';
import { screenStream } from '../../src/ui/terminal/screen-stream.ts';

function setUp() {
  const log: string[] = [];
  const stdin = Object.assign(new EventEmitter(), {
    resume: () => stdin,
    pause: () => stdin,
  });
  const host = Object.assign(new EventEmitter(), {
    stdin,
    kill: (pid: number, signal: string) => {
      log.push(`kill ${pid} ${signal}`);
      // The shell brings it back.
      host.emit('SIGCONT');
      return true;
    },
  }) as unknown as NodeJS.Process;
  const ink = (): void => undefined;
  stdin.on('readable', ink);
  const lender = createLender({
    host,
    screen: {
      suspend: () => log.push('suspend'),
      resume: (redraw) => {
        log.push('resume');
        redraw();
      },
    },
    redraw: () => log.push('redraw'),
  });
  return { log, host, stdin, ink, lender };
}

describe('lending', () => {
  it('has nobody else read while it is lent, and draws again afterwards', async () => {
    const { lender, stdin, ink, log } = setUp();
    const result = await lender.lend(async () => {
      expect(lender.lent).toBe(true);
      expect(stdin.listeners('readable')).toEqual([]);
      return 42;
    });
    expect(result).toBe(42);
    expect(lender.lent).toBe(false);
    expect(stdin.listeners('readable')).toEqual([ink]);
    expect(log).toEqual(['suspend', 'resume', 'redraw']);
  });

  it('is taken back when the work fails, and is lent once at a time', async () => {
    const { lender, log, stdin, ink } = setUp();
    const failing = lender.lend(async () => {
      await expect(lender.lend(async () => 1)).rejects.toThrow('lent already');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(stdin.listeners('readable')).toEqual([ink]);
    expect(log.at(-1)).toBe('redraw');
  });

  it("keeps Ctrl-C for the program that has the terminal, then it is the screen's again", async () => {
    const { lender, host } = setUp();
    let interrupts = 0;
    host.on('SIGINT', () => {
      interrupts += 1;
    });
    await lender.lend(async () => {
      host.emit('SIGINT', 'SIGINT');
    });
    expect(interrupts).toBe(0);
    host.emit('SIGINT', 'SIGINT');
    expect(interrupts).toBe(1);
  });

  it('stops the whole job and draws again when it goes on', async () => {
    const { lender, host, log } = setUp();
    lender.stop();
    await new Promise<void>((done) => {
      const look = (): void => (log.at(-1) === 'redraw' ? done() : void setImmediate(look));
      look();
    });
    expect(log).toEqual(['suspend', 'kill 0 SIGTSTP', 'resume', 'redraw']);
    expect(host.listenerCount('SIGTSTP')).toBe(1);
    lender.release();
    expect(host.listenerCount('SIGTSTP')).toBe(0);
    expect(host.listenerCount('SIGCONT')).toBe(0);
  });

  it('draws again when somebody else stopped and continued it', () => {
    const { host, log } = setUp();
    host.emit('SIGCONT', 'SIGCONT');
    expect(log).toEqual(['suspend', 'resume', 'redraw']);
  });

  it('is not needed where no screen is up', async () => {
    const { host, lender } = setUp();
    setLender(host, lender);
    await withTerminal(host, async () => expect(lender.lent).toBe(true));
    setLender(host, null);
    await withTerminal(host, async () => expect(lender.lent).toBe(false));
  });
});

describe('what the screen draws meanwhile', () => {
  it('is dropped', () => {
    const written: string[] = [];
    const stdout = { write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream;
    let lent = false;
    const stream = screenStream(stdout, () => lent);
    stream.write('a');
    lent = true;
    stream.write('b');
    lent = false;
    stream.write('c');
    expect(written).toEqual(['a', 'c']);
  });
});
