/** Colour: asked for by the environment, and absent without a trace under NO_COLOR. */
import { describe, expect, it } from 'vitest';
import { colourWanted, createTheme } from '../../src/ui/theme.ts';

describe('theme', () => {
  it.each([
    [{ TERM: 'xterm' }, true],
    [{}, true],
    [{ TERM: 'dumb' }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '1', TERM: 'dumb' }, true],
  ])('%j wants colour: %s', (env, wanted) => expect(colourWanted(env)).toBe(wanted));

  it('paints with SGR codes that close themselves', () => {
    expect(createTheme(true).paint('bad', 'x')).toBe('\x1b[31mx\x1b[39m');
    expect(createTheme(true).paint('plain', 'x')).toBe('x');
  });

  it('paints nothing without colour', () => {
    const theme = createTheme(false);
    expect(theme.paint('bad', 'x')).toBe('x');
    expect(theme.text.bad).toEqual({});
  });
});
