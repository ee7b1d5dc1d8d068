import { expect, test } from 'vitest';
import { logLine } from '../../src/cli/log-text.ts';
import { compilePattern } from '../../src/cluster/pattern.ts';
import { entryOf } from '../cluster/fixtures.ts';

const T = Date.UTC(2014, 10, 22, 16, 0, 1, 234) * 1000;
const source = (unit: string, n: number) => ({ unit, machineId: `${n}`.repeat(32), ip: `10.0.0.${n}` });
const a = source('a.service', 1);
const b = source('b.service', 2);
const entry = (message: string, more = {}) => ({ ...entryOf(message, T), ...a, ...more });
const pipe = { terminal: false, color: false, marked: [] };
const screen = { terminal: true, color: true, marked: [] };

test('in a pipe: time, address, who wrote it, whole; nothing that drives a terminal', () => {
  const one = logLine([a], pipe);
  expect(one(entry('hi \x1b[31mred\x1b[0m\x07'))).toBe('2014-11-22T16:00:01.234Z 10.0.0.1 a: hi red\u2407');
  expect(logLine([a, b], pipe)(entry('hi'))).toBe('2014-11-22T16:00:01.234Z 10.0.0.1 a.service a: hi');
});

test('on a terminal: a short name, as wide as the widest', () => {
  const line = logLine([a, source('longer.service', 1)], { ...screen, color: false });
  expect(line(entry('hi'))).toBe('16:00:01 a      hi');
  expect(line(entry('Started', { identifier: 'systemd' }))).toBe('16:00:01 a      systemd: Started');
  expect(logLine([a], { ...screen, color: false })(entry('hi'))).toBe('16:00:01 a hi');
});

test("the log's own colours stay, errors are red, matches are marked", () => {
  const line = logLine([a, b], screen);
  expect(line(entry('\x1b[32mok\x1b[0m'))).toContain('\x1b[32mok');
  expect(line(entry('bad', { priority: 3 }))).toContain('\x1b[31mbad\x1b[39m');
  const marked = logLine([a], { ...screen, marked: [compilePattern('o+'), compilePattern('oxo')] });
  expect(marked(entry('foo oxo'))).toMatch(/f\x1b\[7moo\x1b\[27m \x1b\[7mo\x1b\[27m\x1b\[7mxo\x1b\[27m$/);
  const colour = (text: string) => /\x1b\[(\d+)m10\.0\.0\.|\x1b\[(\d+)m[ab]@/.exec(text)?.[0];
  expect(colour(line(entry('x')))).toBe(colour(line(entry('y'))));
});
