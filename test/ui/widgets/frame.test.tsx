/** The frame of every screen: one row less than the terminal, and patient with one that is too small. */
import { Text } from 'ink';
import { cleanup, render } from 'ink-testing-library';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { type TerminalSize, TerminalSizeProvider } from '../../../src/ui/terminal/size.tsx';
import { bodySize, Frame } from '../../../src/ui/widgets/frame.tsx';

afterEach(cleanup);

let mounted = 0;

function Body() {
  const [id] = useState(() => {
    mounted += 1;
    return mounted;
  });
  return <Text>{`body ${id}`}</Text>;
}

const screen = (size: TerminalSize) => (
  <TerminalSizeProvider size={size}>
    <Frame header="the header" footer="the footer">
      <Body />
    </Frame>
  </TerminalSizeProvider>
);

describe('frame', () => {
  it('fills all rows but the one that Ink needs free', () => {
    const app = render(screen({ columns: 80, rows: 24 }));
    const lines = (app.lastFrame() ?? '').split('\n');
    expect(lines).toHaveLength(23);
    expect(lines[0]).toBe('the header');
    expect(lines[1]).toMatch(/^body/);
    expect(lines.at(-1)).toBe('the footer');
    expect(bodySize({ columns: 80, rows: 24 })).toEqual({ columns: 80, rows: 21 });
  });

  it('says that the terminal is too small, and keeps what is inside', () => {
    const app = render(screen({ columns: 80, rows: 24 }));
    const before = app.lastFrame();
    app.rerender(screen({ columns: 59, rows: 24 }));
    expect(app.lastFrame()).toContain('This terminal is 59×24');
    expect(app.lastFrame()).not.toContain('the header');
    app.rerender(screen({ columns: 80, rows: 24 }));
    expect(app.lastFrame()).toBe(before);
  });
});
