/** Choosing one of many: the cursor stays with its item, the filter narrows, the lines fit. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { createTheme } from '../../../src/ui/theme.ts';
import {
  INITIAL_PICKER,
  pickerIndex,
  pickerItems,
  pickerLines,
  reducePicker,
} from '../../../src/ui/widgets/picker.ts';

const items = ['docker', 'etcd', 'fleet', 'flanneld'].map((name) => ({
  key: name,
  label: `${name}.service`,
  state: { text: '● active', tone: 'ok' as const },
  note: `what ${name} does`,
}));

describe('picker', () => {
  it('moves and stops at the ends', () => {
    let state = reducePicker(INITIAL_PICKER, { type: 'move', by: 1 }, items);
    expect(state.selected).toBe('etcd');
    state = reducePicker(state, { type: 'move', by: 99 }, items);
    expect(state.selected).toBe('flanneld');
    state = reducePicker(state, { type: 'first' }, items);
    expect(state.selected).toBe('docker');
    expect(reducePicker(state, { type: 'last' }, items).selected).toBe('flanneld');
    expect(reducePicker(state, { type: 'move', by: 1 }, []).selected).toBeNull();
  });

  it('stays with its item while the filter changes', () => {
    const state = { selected: 'fleet', filter: 'fl' };
    const shown = pickerItems(state, items);
    expect(shown.map((item) => item.key)).toEqual(['fleet', 'flanneld']);
    expect(pickerIndex(state, shown)).toBe(0);
    expect(pickerItems({ ...state, filter: 'ACTIVE' }, items)).toHaveLength(0);
  });

  it('draws lines of exactly the width, and says when nothing matches', () => {
    for (let width = 30; width < 90; width++) {
      for (const line of pickerLines(
        { selected: 'etcd', filter: '' },
        items,
        { width, height: 2 },
        createTheme(true),
      )) {
        expect(stringWidth(line)).toBe(width);
      }
    }
    const none = pickerLines(
      { selected: null, filter: 'zzz' },
      items,
      { width: 60, height: 5 },
      createTheme(false),
    );
    expect(none[0]).toContain('nothing matches /zzz');
  });
});
