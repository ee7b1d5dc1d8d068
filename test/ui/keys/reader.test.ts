import { expect, test } from 'vitest';
import { keystrokeReader } from '../../../src/ui/keys/reader.ts';

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

const START = '\u001b[200~';
const END = '\u001b[201~';
const presses = (...events: string[]) => {
  const read = keystrokeReader();
  return events.flatMap((event) => read(event));
};
const text = 'web\nfoo\r\nbar\u0003\t\u001b[31m!\n';
const pasted = [{ name: 'paste', text: 'webfoobar!' }];

test('a paste is one text, without its line breaks and control characters', () => {
  expect(presses(START, text, END)).toEqual(pasted);
  expect(presses(START, END)).toEqual([]);
  expect(presses(`${START}${text}${END}j`)).toEqual([...pasted, { name: 'j', text: 'j' }]);
  expect(presses(START, 'a', END, START, 'b', END, '\r')).toEqual([
    { name: 'paste', text: 'a' },
    { name: 'paste', text: 'b' },
    { name: 'enter', text: '' },
  ]);
});

test('a paste may come in any pieces, its brackets too', () => {
  const whole = `${START}${text}${END}`;
  // Between ESC and the rest of the first bracket the ESC is a key: nothing tells them apart at that time.
  for (let at = 2; at < whole.length; at++) {
    expect(presses(whole.slice(0, at), whole.slice(at))).toEqual(pasted);
  }
  expect(presses(whole.slice(0, 1), whole.slice(1))).toEqual([{ name: 'esc', text: '' }, ...pasted]);
  expect(presses('\u001b', START, 'a', END)).toEqual([
    { name: 'esc', text: '' },
    { name: 'paste', text: 'a' },
  ]);
});

test('Ctrl-C gets out of a paste whose end was lost', () => {
  expect(presses(START, 'abc', '\u0003', 'j').map((press) => press.name)).toEqual(['ctrl+c', 'j']);
});

test('any sequence may come in two pieces', () => {
  expect(names('\u001b[', 'A', 'j')).toEqual(['up', 'j']);
  expect(names('\u001b[2', '~q')).toEqual(['q']);
});

test('what comes all at once is a paste, on terminals that do not say so too', () => {
  const path = '/a/rather/long/path/to/a/private/key.pem';
  expect(presses(`${path}\r`)).toEqual([{ name: 'paste', text: path }]);
  expect(presses('w\neb')).toEqual([
    { name: 'w', text: 'w' },
    { name: 'enter', text: '', beforeText: true },
    { name: 'e', text: 'e' },
    { name: 'b', text: 'b' },
  ]);
  expect(presses('\r\r')).toEqual([
    { name: 'enter', text: '' },
    { name: 'enter', text: '' },
  ]);
});

test('a word and Enter in one packet were typed fast', () => {
  expect(presses('web\r')).toEqual([
    ...['w', 'e', 'b'].map((name) => ({ name, text: name })),
    { name: 'enter', text: '' },
  ]);
});

test('what types text says so', () => {
  expect(presses('é', ' ', '\u0004')).toEqual([
    { name: 'é', text: 'é' },
    { name: 'space', text: ' ' },
    { name: 'ctrl+d', text: '' },
  ]);
});
