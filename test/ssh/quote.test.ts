import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { quoteArgument, quoteArgv, remoteCommand, remoteShellLine } from '../../src/ssh/quote.ts';

/** Any Unicode text, controls among it; NUL cannot be an argument. */
const word = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('', '\n', "'", '-n', '$HOME', '`id`', '\r\n', '~', '*', '\\'),
  )
  .map((text) => text.replaceAll('\0', ''));

function shell(line: string): string[] {
  const { stdout, status } = spawnSync('/bin/sh', ['-c', line], { encoding: 'buffer' });
  expect(status).toBe(0);
  return stdout.toString('utf8').split('\0').slice(0, -1);
}

describe('quoting for the far shell', () => {
  test('brings every argument through /bin/sh unchanged', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
        expect(shell(`printf '%s\\0' ${words.map(quoteArgument).join(' ')}`)).toEqual(words);
      }),
      { numRuns: 100 },
    );
  });

  test('survives every control character at once', () => {
    const all = Array.from({ length: 159 }, (_, i) => String.fromCharCode(i + 1)).join('');
    expect(shell(`printf '%s\\0' ${quoteArgument(all)}`)).toEqual([all]);
  });

  test('leaves plain words as they are', () => {
    expect(quoteArgv(['fleetctl', 'list-units', '--fields=unit,load', 'foo@1.service'])).toBe(
      'fleetctl list-units --fields=unit,load foo@1.service',
    );
  });

  test.each([[['a\0b']], [[]], [['']], [['-x']]])('refuses %j as bad input', (argv) => {
    expect(() => quoteArgv(argv)).toThrow(KubecoreError);
    try {
      quoteArgv(argv);
    } catch (error) {
      expect((error as KubecoreError).exitCode).toBe(2);
    }
  });
});

describe('the command line', () => {
  test('puts /opt/bin first, replaces the shell, bounds the far side and takes no input', () => {
    const bounded = remoteCommand(['kubecfg', '-json', 'list', 'pods'], { stdin: false, limitSeconds: 16.2 });
    expect(bounded).toMatch(
      / & PATH=\/opt\/bin:\$PATH exec timeout -s KILL 17 kubecfg -json list pods <\/dev\/null$/,
    );
    expect(remoteCommand(['cat'], { stdin: true, limitSeconds: null })).toBe('PATH=/opt/bin:$PATH exec cat');
  });

  /** As sshd starts a command: a session of its own, pipes, and an input that stays open. */
  async function session(program: string, line: string) {
    const child = spawn(program, ['-c', line], { detached: true, stdio: 'pipe' });
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes;
      child.emit('said');
    });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.once('exit', (code, signal) => resolve({ code, signal })),
    );
    return {
      ended,
      outputClosed: new Promise((resolve) => child.once('close', resolve)),
      out: () => out,
      /** Resolves once it has said so much. */
      async said(text: string) {
        while (!out.includes(text)) await new Promise((resolve) => child.once('said', resolve));
      },
      hangUp: () => child.stdin.destroy(),
    };
  }

  const shells = ['/bin/sh', '/bin/bash', '/bin/zsh'].filter((path) => existsSync(path));
  describe.each(shells)('in %s', (program) => {
    test('gives the command no input, and its status and signal as they are', async () => {
      const script = 'printf "%s|" "$PATH"; cat; exit 7';
      const first = await session(
        program,
        remoteCommand(['sh', '-c', script], { stdin: false, limitSeconds: 5 }),
      );
      expect(await first.ended).toEqual({ code: 7, signal: null });
      expect(first.out()).toMatch(/^\/opt\/bin:.*\|$/);
      const killed = await session(
        program,
        remoteCommand(['sh', '-c', 'kill -TERM $$'], { stdin: false, limitSeconds: null }),
      );
      expect(await killed.ended).toEqual({ code: null, signal: 'SIGTERM' });
    });

    test('kills a silent command, and what it started, once its input is closed', async () => {
      const script = 'sleep 1000 & echo begun; wait';
      const silent = await session(
        program,
        remoteCommand(['sh', '-c', script], { stdin: false, limitSeconds: null }),
      );
      await silent.said('begun');
      silent.hangUp();
      expect(await silent.ended).toEqual({ code: null, signal: 'SIGKILL' });
      // The one in the background held it too.
      await silent.outputClosed;
    });

    test('leaves alone what a command that has ended left behind', async () => {
      const script = '(sleep 0.3; echo late) & echo begun';
      const left = await session(
        program,
        remoteCommand(['sh', '-c', script], { stdin: false, limitSeconds: null }),
      );
      expect(await left.ended).toEqual({ code: 0, signal: null });
      left.hangUp();
      await left.said('late');
    });
  });

  test('a typed line keeps the syntax of the shell', () => {
    const [path] = shell(remoteShellLine('printf "%s\\0" "$PATH" | cat'));
    expect(path).toMatch(/^\/opt\/bin:/);
    expect(() => remoteShellLine('a\0')).toThrow(KubecoreError);
  });
});
