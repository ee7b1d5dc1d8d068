/**
 * Owns the choice of one thing among some: a pure cursor, and the list, drawn by ink-select-input. Keys are read by the
 * screen's own table, not by ink-select-input, whose cursor lags when Down and Enter arrive in one packet: then it
 * would choose the wrong thing.
 */
import { Box, Text } from 'ink';
import SelectInput from 'ink-select-input';
import { createContext, type ReactElement, useContext } from 'react';
import type { KeyPress } from '../keys/bindings.ts';
import { cutCells, fitCells } from '../terminal/cells.ts';
import { SYMBOL } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { reveal } from './scroll-view.ts';

export interface ChoiceItem {
  readonly value: string;
  readonly label: string;
  /** Stands dim beside the label. */
  readonly note?: string;
}

/** Where the cursor goes with a key among `values`; the same value when the key means nothing here. */
export function moveChoice(values: readonly string[], selected: string, press: KeyPress): string {
  const at = Math.max(0, values.indexOf(selected));
  const to = (index: number): string => values[Math.max(0, Math.min(values.length - 1, index))] ?? selected;
  switch (press.name) {
    case 'up':
    case 'k':
      return to(at - 1);
    case 'down':
    case 'j':
      return to(at + 1);
    case 'pageup':
      return to(at - 8);
    case 'pagedown':
      return to(at + 8);
    case 'home':
    case 'g':
      return to(0);
    case 'end':
    case 'G':
      return to(values.length - 1);
    default:
      return selected;
  }
}

/** The keys that `moveChoice` knows, for a screen's table. */
export const CHOICE_KEYS = ['up', 'down', 'k', 'j', 'pageup', 'pagedown', 'home', 'end', 'g', 'G'] as const;

interface Columns {
  readonly label: number;
  readonly width: number;
  readonly notes: ReadonlyMap<string, string>;
}

const ColumnsContext = createContext<Columns>({ label: 0, width: 80, notes: new Map() });

function Indicator({ isSelected = false }: { readonly isSelected?: boolean }): ReactElement {
  const theme = useTheme();
  return <Text {...theme.text.accent}>{isSelected ? `${SYMBOL.pointer} ` : '  '}</Text>;
}

function Row({ isSelected = false, label }: { readonly isSelected?: boolean; readonly label: string }) {
  const theme = useTheme();
  const columns = useContext(ColumnsContext);
  const note = columns.notes.get(label) ?? '';
  const name = note === '' ? cutCells(label, columns.width - 2) : fitCells(label, columns.label);
  return (
    <Text>
      <Text {...(isSelected ? theme.text.title : theme.text.plain)}>{name}</Text>
      {note === '' ? '' : `  ${theme.paint('dim', cutCells(note, columns.width - columns.label - 4))}`}
    </Text>
  );
}

/** The list, at most `limit` rows of it around the selected one, with how many are above and below when some are hidden. */
export function Choice(props: {
  readonly items: readonly ChoiceItem[];
  readonly selected: string;
  readonly width: number;
  readonly limit?: number;
}): ReactElement {
  const { items, selected, width, limit = items.length } = props;
  const theme = useTheme();
  const index = Math.max(
    0,
    items.findIndex((item) => item.value === selected),
  );
  const hides = items.length > limit;
  const height = hides ? Math.max(1, limit - 1) : items.length;
  // The selected row keeps to the middle, so what is around it can be seen.
  const first = reveal(Math.max(0, index - Math.floor(height / 2)), index, items.length, height);
  const shown = items.slice(first, first + height);
  const label = Math.min(
    Math.max(0, ...items.map((item) => (item.note ? item.label.length : 0))),
    Math.max(12, Math.floor(width * 0.5)),
  );
  const columns = {
    label,
    width,
    notes: new Map(items.filter((item) => item.note).map((item) => [item.label, item.note!])),
  };
  return (
    <ColumnsContext value={columns}>
      <Box flexDirection="column" width={width} flexShrink={0}>
        <SelectInput
          key={`${shown[0]?.value}/${index - first}`}
          items={shown.map(({ label: text, value }) => ({ label: text, value }))}
          initialIndex={index - first}
          isFocused={false}
          indicatorComponent={Indicator}
          itemComponent={Row}
        />
        {hides ? (
          <Text {...theme.text.dim}>{`  ${first} more above, ${items.length - first - height} below`}</Text>
        ) : null}
      </Box>
    </ColumnsContext>
  );
}
