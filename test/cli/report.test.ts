import { expect, test } from 'vitest';
import { cleanDeep, cleaner, reportText } from '../../src/cli/report-text.ts';

const clean = cleaner(['hunter2hunter2'], '/home/ada');
const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----';

test('secrets go, by value and by form; so do the name of the home and what drives a terminal', () => {
  const text = reportText(
    [
      { title: 'one', lines: ['password=hunter2hunter2', `key: ${KEY}`, 'in /home/ada/.ssh'] },
      // A key that comes in lines.
      { title: 'two', lines: [...KEY.split('\n'), '\x1b]0;title\x07red\x9b31m', 'AKIAIOSFODNN7EXAMPLE'] },
      { title: 'three', lines: [] },
    ],
    clean,
  );
  for (const secret of ['hunter2', 'MIIE', 'ada', 'AKIA', '\x1b', '\x9b', '\x07'])
    expect(text).not.toContain(secret);
  expect(text).toContain('in ~/.ssh\n');
  expect(text).toMatch(/== three\n\(nothing\)\n$/);
});

test('a document is cleaned at any depth', () => {
  expect(cleanDeep({ a: ['hunter2hunter2', 1, null], b: { hunter2hunter2: '/home/ada' } }, clean)).toEqual({
    a: ['[secret removed]', 1, null],
    b: { '[secret removed]': '~' },
  });
});
