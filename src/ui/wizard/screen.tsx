/**
 * Owns the outline of the setup's screens: the place in the whole above, title and body, the keys below; `?` for help
 * made from the same table of keys.
 */
import { Box } from 'ink';
import { type ReactElement, type ReactNode, useRef, useState } from 'react';
import { type Binding, footerLine, isActive, shownKeys } from '../keys/bindings.ts';
import { type KeyTable, useKeys } from '../keys/use-keys.ts';
import { cellWidth, cutCells, wrapWords } from '../terminal/cells.ts';
import { Lines } from '../terminal/lines.tsx';
import { useTerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { bodySize, Frame } from '../widgets/frame.tsx';
import { scrolled } from '../widgets/scroll-view.ts';
import { stepsLine } from '../widgets/steps.ts';

/** The room that a screen's content has, in cells and rows. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

export interface ScreenProps {
  /** Index in STEPS; -1 before the first of them. */
  readonly step: number;
  /** Backend and region, for the header. */
  readonly place: string;
  readonly title: string;
  /** A sentence under the title; may be empty. */
  readonly about: string;
  /** Paragraphs of the help, above its keys. */
  readonly help: readonly string[];
  /** The keys as they are now. Help and its key are added here. */
  readonly keys: () => KeyTable;
  /** `?` would be typed into a field: help is on F1 alone. */
  readonly typing?: () => boolean;
  readonly onInterrupt: () => void;
  readonly children: (room: Room) => ReactNode;
}

/** Wider than this, lines get hard to read: the rest is margin. */
const WIDEST = 128;

export function Screen(props: ScreenProps): ReactElement {
  const { step, place, title, about, help, keys, typing, onInterrupt, children } = props;
  const theme = useTheme();
  const size = useTerminalSize();
  const body = bodySize(size);
  const [helpShows, setHelpShows] = useState(false);
  const helping = useRef(false);
  const showHelp = (open: boolean): void => {
    helping.current = open;
    setHelpShows(open);
  };

  const table = (): KeyTable => {
    const quit: Binding = { keys: ['ctrl+c'], label: 'quit', pinned: true, run: onInterrupt };
    if (helping.current) {
      return {
        bindings: [
          {
            keys: ['esc', 'enter', '?', 'f1', 'q', 'space'],
            shown: 'Esc',
            label: 'close help',
            run: () => showHelp(false),
          },
          quit,
        ],
      };
    }
    const { bindings, onKey } = keys();
    const typed = typing?.() ?? false;
    return {
      bindings: [
        ...bindings,
        {
          keys: typed ? ['f1'] : ['?', 'f1'],
          shown: typed ? 'F1' : '?',
          label: 'help',
          pinned: true,
          run: () => showHelp(true),
        },
        quit,
      ],
      ...(onKey ? { onKey } : {}),
    };
  };
  useKeys(table);

  const width = Math.min(WIDEST, body.columns - 4);
  const margin = Math.max(2, Math.floor((body.columns - width) / 2));
  // A tall terminal leaves some of its room above, so that the page does not hang from the ceiling.
  const top = body.rows < 27 ? 0 : 1 + Math.floor(Math.max(0, body.rows - 36) / 6);
  const left = margin - 1;
  const outer = width + 2;
  const abouts = about === '' ? [] : wrapWords(about, width);
  const height = body.rows - top - 1 - abouts.length - 1;
  // Drawn before the footer: which keys work can hang on how much of it shows.
  const content = helpShows ? null : children({ width, height });
  const { bindings } = table();
  const heading = [
    ...Array.from({ length: top }, () => ''),
    theme.paint('title', helpShows ? `${title}: help` : title),
    ...abouts.map((line) => theme.paint('dim', line)),
    '',
  ];

  return (
    <Frame
      header={
        <Box marginLeft={left}>
          <Lines lines={[stepsLine(step, place, outer, theme)]} />
        </Box>
      }
      footer={
        <Box marginLeft={left}>
          <Lines lines={[footerLine(bindings, outer, theme)]} />
        </Box>
      }
    >
      <Box flexDirection="column" marginLeft={margin} width={width}>
        <Lines lines={heading} />
        {helpShows ? (
          <Lines lines={scrolled(helpLines(help, keys().bindings, width, theme), 0, width, height, theme)} />
        ) : (
          content
        )}
      </Box>
    </Frame>
  );
}

/** The help of a screen: what it is about, then each key that works here. */
export function helpLines(
  paragraphs: readonly string[],
  bindings: readonly Binding[],
  width: number,
  theme: Theme,
): string[] {
  const works = bindings.filter(isActive);
  // Keys that share a label are one line.
  const once = works.filter(
    (binding, index) => works.findIndex(({ label }) => label === binding.label) === index,
  );
  const shown = once.map((binding) => ({ keys: shownKeys(binding), binding }));
  const column = Math.min(18, Math.max(8, ...shown.map(({ keys }) => cellWidth(keys) + 2)));
  return [
    ...paragraphs.flatMap((text) => [...wrapWords(text, width - 2), '']),
    ...shown.flatMap(({ keys, binding }) =>
      wrapWords(binding.help ?? binding.label, width - column - 2).map((line, index) => {
        const name = index === 0 ? cutCells(keys, column - 1) : '';
        return theme.paint('accent', name) + ' '.repeat(column - cellWidth(name)) + line;
      }),
    ),
  ];
}
