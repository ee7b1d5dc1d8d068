/** Keys as data: names of Ink's events, several keys in one event, and footers that only offer what works. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Binding, findBinding, footerLine, keyName, keyPresses } from '../../../src/ui/keys/bindings.ts';
import { createTheme } from '../../../src/ui/theme.ts';

const theme = createTheme(false);
const run = () => undefined;

describe('key names', () => {
  it.each([
    ['j', {}, 'j'],
    ['G', { shift: true }, 'G'],
    [' ', {}, 'space'],
    ['', { upArrow: true }, 'up'],
    ['', { pageDown: true }, 'pagedown'],
    ['', { tab: true, shift: true }, 'shift+tab'],
    ['', { escape: true, meta: true }, 'esc'],
    ['\r', { return: true }, 'enter'],
    ['\n', {}, 'enter'],
    ['', { delete: true }, 'backspace'],
    ['c', { ctrl: true }, 'ctrl+c'],
    ['x', { eventType: 'release' as const }, ''],
  ])('%j %j is %s', (input, key, name) => expect(keyName(input, key)).toBe(name));

  it('reads several keys in one event as they were typed', () => {
    expect(keyPresses('jj/etcd\r', {}).map((press) => press.name)).toEqual([
      'j',
      'j',
      '/',
      'e',
      't',
      'c',
      'd',
      'enter',
    ]);
    expect(keyPresses('a\x03', {}).map((press) => press.name)).toEqual(['a', 'ctrl+c']);
  });

  it('reads ESC and a character close together as both', () => {
    expect(keyPresses('q', { meta: true }).map((press) => press.name)).toEqual(['esc', 'q']);
  });

  it('knows what types text', () => {
    expect(keyPresses('é', {})).toEqual([{ name: 'é', text: 'é' }]);
    expect(keyPresses(' ', {})).toEqual([{ name: 'space', text: ' ' }]);
    expect(keyPresses('d', { ctrl: true })).toEqual([{ name: 'ctrl+d', text: '' }]);
  });
});

describe('bindings', () => {
  const bindings: Binding[] = [
    { keys: ['l'], label: 'logs', when: () => false, run },
    { keys: ['l'], label: 'load', run },
    { keys: ['j', 'down'], label: 'down', hidden: true, run },
    { keys: ['d'], label: 'details of the row', run },
    { keys: ['q'], label: 'quit', pinned: true, run },
  ];

  it('finds the first that works now', () => {
    expect(findBinding(bindings, 'l')?.label).toBe('load');
    expect(findBinding(bindings, 'down')?.label).toBe('down');
    expect(findBinding(bindings, 'x')).toBeNull();
  });

  it('shows in the footer what works and fits, the pinned ones always', () => {
    expect(footerLine(bindings, 80, theme)).toBe(' l load  d details of the row  q quit');
    expect(footerLine(bindings, 20, theme)).toBe(' l load  q quit');
    for (let width = 1; width < 60; width++) {
      expect(stringWidth(footerLine(bindings, width, theme))).toBeLessThanOrEqual(width);
    }
  });
});
