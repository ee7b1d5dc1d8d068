/** Owns choosing one of many: a pure reducer over the cursor and a filter, and the lines it draws. */
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, fitCells } from '../terminal/cells.ts';
import { matcher } from '../terminal/pattern.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';

export interface PickerItem {
  readonly key: string;
  readonly label: string;
  /** State beside the label: symbol and word. */
  readonly state?: { readonly text: string; readonly tone: Tone };
  readonly note?: string;
}

export interface PickerState {
  /** The chosen item's key: the cursor stays with it. */
  readonly selected: string | null;
  readonly filter: string;
}

export const INITIAL_PICKER: PickerState = { selected: null, filter: '' };

export type PickerAction =
  | { readonly type: 'move'; readonly by: number }
  | { readonly type: 'first' }
  | { readonly type: 'last' }
  | { readonly type: 'filter'; readonly filter: string };

export function pickerItems(state: PickerState, items: readonly PickerItem[]): readonly PickerItem[] {
  if (state.filter === '') return items;
  const matches = matcher(state.filter);
  return items.filter((item) => matches(`${item.label} ${item.state?.text ?? ''} ${item.note ?? ''}`));
}

/** The index of the chosen item among those that the filter leaves; the first when it is not there. */
export function pickerIndex(state: PickerState, shown: readonly PickerItem[]): number {
  return Math.max(
    0,
    shown.findIndex((item) => item.key === state.selected),
  );
}

export function reducePicker(
  state: PickerState,
  action: PickerAction,
  items: readonly PickerItem[],
): PickerState {
  if (action.type === 'filter') return { ...state, filter: action.filter };
  const shown = pickerItems(state, items);
  const last = shown.length - 1;
  const index = pickerIndex(state, shown);
  const to = action.type === 'first' ? 0 : action.type === 'last' ? last : index + action.by;
  return { ...state, selected: shown[Math.max(0, Math.min(last, to))]?.key ?? null };
}

/** The items around the cursor, each line exactly `width` cells, at most `height` lines. */
export function pickerLines(
  state: PickerState,
  items: readonly PickerItem[],
  size: { readonly width: number; readonly height: number },
  theme: Theme,
): string[] {
  const shown = pickerItems(state, items);
  if (shown.length === 0) {
    return [theme.paint('dim', fitCells(`   nothing matches /${sanitise(state.filter)}`, size.width))];
  }
  const index = pickerIndex(state, shown);
  const start = Math.max(0, Math.min(index - Math.floor(size.height / 2), shown.length - size.height));
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => cellWidth(sanitise(text))));
  const labels = Math.min(widest(shown.map((item) => item.label)), Math.floor(size.width / 2));
  const states = widest(shown.map((item) => item.state?.text ?? ''));
  return shown.slice(start, start + size.height).map((item, offset) => {
    const isSelected = start + offset === index;
    const paint = (tone: Tone, text: string) => (isSelected ? text : theme.paint(tone, text));
    const note = cutCells(sanitise(item.note ?? ''), Math.max(0, size.width - labels - states - 7));
    const line =
      ` ${paint('accent', isSelected ? SYMBOL.pointer : ' ')} ${fitCells(sanitise(item.label), labels)}  ` +
      `${paint(item.state?.tone ?? 'plain', fitCells(sanitise(item.state?.text ?? ''), states))}  ` +
      paint('dim', note);
    const full = line + ' '.repeat(Math.max(0, size.width - cellWidth(line)));
    return isSelected ? theme.paint('selected', full) : full;
  });
}
