import { expect, test } from 'vitest';
import { compilePattern } from '../../src/cluster/pattern.ts';

test('finds what a regular expression finds', () => {
  const pattern = compilePattern('a+b|日本');
  expect(pattern.test('xaab')).toBe(true);
  expect(pattern.test('xb')).toBe(false);
  expect(pattern.spans('aab 日本 ab')).toEqual([
    [0, 3],
    [4, 6],
    [7, 9],
  ]);
  expect(compilePattern('x*').spans('axxa')).toEqual([[1, 3]]);
  expect(compilePattern('error', { ignoreCase: true }).test('An ERROR')).toBe(true);
  expect(compilePattern('(?i)error').test('An ERROR')).toBe(true);
});

test('says why a pattern cannot be used', () => {
  expect(() => compilePattern('a(')).toThrow('missing closing ): `a(`');
  expect(() => compilePattern('(?=a)b')).toThrow('invalid or unsupported Perl syntax');
});

// Each takes a backtracking engine minutes to years.
test.each(['^(a+)+$', '(a|a)*b', '(.*a){20}b', 'a*a*a*a*a*b', '.*x.*y.*z'])(
  '%s takes time in proportion to the text',
  (source) => {
    const pattern = compilePattern(source);
    const began = performance.now();
    expect(pattern.test(`${'a'.repeat(65_536)}!`)).toBe(false);
    expect(pattern.spans(`${'a'.repeat(65_536)}!`)).toEqual([]);
    // Generous: it takes milliseconds; backtracking would not end within the test.
    expect(performance.now() - began).toBeLessThan(10_000);
  },
);
