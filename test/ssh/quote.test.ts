import { spawnSync } from 'node:child_process';
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
    expect(remoteCommand(['kubecfg', '-json', 'list', 'pods'], { stdin: false, limitSeconds: 16.2 })).toBe(
      'PATH=/opt/bin:$PATH exec timeout -s KILL 17 kubecfg -json list pods </dev/null',
    );
    expect(remoteCommand(['cat'], { stdin: true, limitSeconds: null })).toBe('PATH=/opt/bin:$PATH exec cat');
  });

  test('works in the real shell', () => {
    const line = remoteCommand(['sh', '-c', 'printf \'%s\\0\' "$PATH" "$(cat)"'], {
      stdin: false,
      limitSeconds: 5,
    });
    const [path, input] = shell(line);
    expect(path).toMatch(/^\/opt\/bin:/);
    expect(input).toBe('');
  });

  test('a typed line keeps the syntax of the shell', () => {
    const [path] = shell(remoteShellLine('printf "%s\\0" "$PATH" | cat'));
    expect(path).toMatch(/^\/opt\/bin:/);
    expect(() => remoteShellLine('a\0')).toThrow(KubecoreError);
  });
});
