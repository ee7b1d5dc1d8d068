/** Holds how a command speaks: what a pipe, a terminal and a CI job get, and errors in each format. */
import { expect, test } from 'vitest';
import { createIo, inCi, reportError } from '../../src/cli/io.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';

function host(env: Record<string, string> = {}, tty = true) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: tty,
    columns: 100,
    write(text: string, done?: () => void) {
      written[name] += text;
      done?.();
      return true;
    },
  });
  return {
    written,
    process: {
      env,
      stdin: { isTTY: tty },
      stdout: stream('stdout'),
      stderr: stream('stderr'),
    } as unknown as NodeJS.Process,
  };
}
const look = (env: Record<string, string>, tty = true, noColor = false) => {
  const { interactive, color, stdoutIsTTY } = createIo(host(env, tty).process, { format: 'text', noColor });
  return { interactive, color, stdoutIsTTY };
};

test('a terminal is asked and coloured; a pipe, CI and NO_COLOR are not', () => {
  const all = { interactive: true, color: true, stdoutIsTTY: true };
  const none = { interactive: false, color: false, stdoutIsTTY: false };
  expect(look({ TERM: 'xterm' })).toEqual(all);
  expect(look({ TERM: 'xterm' }, false)).toEqual(none);
  expect(look({ TERM: 'xterm', CI: 'true' })).toEqual(none);
  expect(look({ TERM: 'xterm', CI: 'false' })).toEqual(all);
  expect(look({ TERM: 'xterm', NO_COLOR: '1' })).toEqual({ ...all, color: false });
  expect(look({ TERM: 'dumb' })).toEqual({ ...all, color: false });
  expect(look({ TERM: 'xterm' }, true, true)).toEqual({ ...all, color: false });
  const nobody = (env: Record<string, string>) =>
    createIo(host(env).process, { format: 'text', noColor: false }).nobody;
  expect(nobody({ CI: 'true' })).toBe('CI is set, so nobody is asked');
  expect(nobody({})).toBe('there is no terminal to ask on');
  expect(inCi({ CI: '1' })).toBe(true);
  expect(inCi({ CI: '' })).toBe(false);
});

const error = new KubecoreError({
  what: 'the stack was not created',
  why: 'AWS said\n\u001b[31mno\u001b[0m',
  next: 'ask again',
  fault: 'aws',
  code: 'AccessDenied',
  cause: new Error('Authorization: Basic c2VjcmV0OnNlY3JldA=='),
});

test('an error as text is two lines; in the other formats an object on standard error', () => {
  const text = host();
  expect(reportError(text.process, error, { format: 'text', debug: false })).toBe(3);
  expect(text.written).toEqual({
    stdout: '',
    stderr: 'kubecore: the stack was not created: AWS said no\nnext: ask again\n',
  });
  for (const format of ['json', 'yaml'] as const) {
    const machine = host();
    reportError(machine.process, error, { format, debug: false });
    expect(JSON.parse(machine.written.stderr)).toEqual({
      error: {
        what: error.what,
        why: error.why,
        next: error.next,
        fault: 'aws',
        code: 'AccessDenied',
      },
    });
  }
});

test('what --debug adds has no secrets', () => {
  const { process, written } = host({ AWS_SECRET_ACCESS_KEY: 'the-stack-was' });
  reportError(process, error, { format: 'text', debug: true });
  expect(written.stderr).toContain('caused by: Error: Authorization: [authorization removed]');
  expect(written.stderr).not.toContain('c2VjcmV0');
});
