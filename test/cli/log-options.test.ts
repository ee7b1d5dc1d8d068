import { expect, test } from 'vitest';
import { journalTime, lineCount, patterns } from '../../src/cli/log-options.ts';

test.each([
  ['10m', '600 seconds ago'],
  ['1h30m', '5400 seconds ago'],
  ['2 hours ago', '7200 seconds ago'],
  ['10 min ago', '600 seconds ago'],
  ['1w', '604800 seconds ago'],
  ['2014-11-22T16:00:00Z', '@1416672000'],
  ['2014-11-22T17:00:00.25+01:00', '@1416672000.25'],
  ['2014-11-22 16:00 UTC', '@1416672000'],
  // Without a zone it is the node's own time.
  ['2014-11-22T16:00:00', '2014-11-22 16:00:00'],
  ['2014-11-22', '2014-11-22'],
  ['16:00', '16:00'],
  ['today', 'today'],
  ['@1416672000', '@1416672000'],
])('%s is %s to journalctl', (given, taken) => {
  expect(journalTime('--since', given)).toBe(taken);
});

test.each(['', 'soon', '10x', '2014-13-45T99:00:00Z', '5', '10m; reboot', '--help'])(
  '%j is no time',
  (given) => {
    expect(() => journalTime('--until', given)).toThrow(`--until ${given} cannot be used`);
  },
);

test('lines: what was asked for, else as far as makes sense', () => {
  const plain = { since: false, pattern: false };
  expect(lineCount(undefined, plain)).toBe(50);
  expect(lineCount(undefined, { ...plain, pattern: true })).toBe(10_000);
  expect(lineCount(undefined, { ...plain, since: true })).toBe(1_000_000);
  expect(lineCount('7', { since: true, pattern: true })).toBe(7);
  expect(lineCount('all', plain)).toBe(1_000_000);
  expect(() => lineCount('-1', plain)).toThrow('--lines -1 cannot be used');
});

test('a pattern that RE2 refuses is refused with its reason', () => {
  expect(patterns('--grep', ['a+'])[0]?.test('caat')).toBe(true);
  expect(() => patterns('--grep', ['ok', '(?<=a)b'])).toThrow('--grep (?<=a)b cannot be used: invalid');
});
