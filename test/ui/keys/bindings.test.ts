/** Keys as data: which binding a key means, and footers that only offer what works. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Binding, findBinding, footerLine } from '../../../src/ui/keys/bindings.ts';
import { createTheme } from '../../../src/ui/theme.ts';

const theme = createTheme(false);
const run = () => undefined;

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
