/** What the mouse reports, and keys given to other actions. */
import { expect, test } from 'vitest';
import type { Binding } from '../../../src/ui/keys/bindings.ts';
import { readMouse } from '../../../src/ui/keys/mouse.ts';
import { keystrokeReader } from '../../../src/ui/keys/reader.ts';
import { remapped, unknownActions } from '../../../src/ui/keys/remap.ts';

test.each([
  ['\x1b[<0;1;1M', { what: 'click', column: 0, row: 0 }],
  ['\x1b[<16;201;60M', { what: 'click', column: 200, row: 59 }],
  ['\x1b[<64;10;5M', { what: 'wheel-up', column: 9, row: 4 }],
  ['\x1b[<65;10;5M', { what: 'wheel-down', column: 9, row: 4 }],
  ['\x1b[<0;1;1m', null],
  ['\x1b[<2;1;1M', null],
  ['\x1b[A', null],
  ['\x1b[<0;1M', null],
  ['<0;1;1M', null],
])('%j reports %j', (sequence, press) => {
  expect(readMouse(sequence)).toEqual(press);
  // It is never taken for keys.
  if (sequence.startsWith('\x1b[<')) expect(keystrokeReader()(sequence)).toEqual([]);
});

const binding = (action: string, ...keys: readonly string[]): Binding => ({
  action,
  keys,
  label: action,
  run: () => undefined,
});
const keysOf = (bindings: readonly Binding[]) => bindings.map(({ action, keys }) => [action, keys]);

test('a key given to another action works no more for its own', () => {
  const bindings = [binding('logs', 'l'), binding('down', 'j', 'down'), binding('quit', 'q', 'ctrl+c')];
  expect(remapped(bindings, {})).toBe(bindings);
  expect(keysOf(remapped(bindings, { logs: 'j' }))).toEqual([
    ['logs', ['j']],
    ['down', ['down']],
    ['quit', ['q', 'ctrl+c']],
  ]);
  expect(keysOf(remapped(bindings, { quit: 'l' }))).toEqual([
    ['down', ['j', 'down']],
    ['quit', ['l', 'ctrl+c']],
  ]);
  expect(unknownActions(bindings, { logs: 'j', nosuch: 'x' })).toEqual(['nosuch']);
});
