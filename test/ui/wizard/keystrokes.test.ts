import { expect, test } from 'vitest';
import { keystrokeReader } from '../../../src/ui/wizard/keystrokes.ts';

const names = (...events: string[]): string[] => {
  const read = keystrokeReader();
  return events.flatMap((event) => read(event).map((press) => press.name));
};

test.each([
  [['jj\r'], ['j', 'j', 'enter']],
  [['\r\n'], ['enter']],
  [['a b'], ['a', 'space', 'b']],
  [['\u0003'], ['ctrl+c']],
  [['abc\u0003'], ['a', 'b', 'c', 'ctrl+c']],
  [
    ['\t', '\u001b[Z'],
    ['tab', 'shift+tab'],
  ],
  [['\u001b'], ['esc']],
  [['\u001bq'], ['esc', 'q']],
  [['\u001b\u001b'], ['esc', 'esc']],
  [
    ['\u007f', '\b', '\u001b[3~'],
    ['backspace', 'backspace', 'delete'],
  ],
  [
    ['\u001b[A', '\u001bOB', '\u001b[5~', '\u001b[6~'],
    ['up', 'down', 'pageup', 'pagedown'],
  ],
  [['\u001bOP'], ['f1']],
  // A sequence that is nobody's key types nothing.
  [['\u001b[99;99R', '\u001b[?1;2c'], []],
])('%j is %j', (events, expected) => {
  expect(names(...events)).toEqual(expected);
});

test('what comes all at once is a paste; its last line break is still Enter', () => {
  const path = '/a/rather/long/path/to/a/private/key.pem';
  expect(keystrokeReader()(`${path}\r`)).toEqual([
    { name: 'paste', text: path },
    { name: 'enter', text: '' },
  ]);
});
