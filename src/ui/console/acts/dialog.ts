/** Owns where an act stands between a person's key and its end: what is typed for it, asked, told. A pure reducer. */
import type { KeyPress } from '../../keys/bindings.ts';
import { editText, offeredText, type TextFieldState, textField } from '../../widgets/text-field.ts';
import type { ActEnd, Field, Plan, Said, Values } from './act.ts';

export interface FieldState {
  readonly field: Field;
  readonly text: TextFieldState;
  /** What is wrong with it, once it was tried. */
  readonly wrong: string | null;
}

/** A line of what was done; one with a place is replaced by the next with the same. */
export interface Line extends Said {
  readonly place: string | null;
}

export interface Refusal {
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

export type DialogState =
  | {
      readonly phase: 'form';
      readonly fields: readonly FieldState[];
      readonly index: number;
      /** What the field may be completed to. */
      readonly candidates: readonly string[];
    }
  | { readonly phase: 'preparing' }
  | { readonly phase: 'refused'; readonly refusal: Refusal }
  | { readonly phase: 'ask'; readonly plan: Plan; readonly offset: number }
  | {
      readonly phase: 'running';
      readonly plan: Plan;
      readonly lines: readonly Line[];
      readonly since: number;
      readonly stopping: boolean;
    }
  | {
      readonly phase: 'done';
      readonly plan: Plan;
      readonly lines: readonly Line[];
      readonly end: ActEnd;
      /** Lines scrolled away at the top; null: the last ones show. */
      readonly offset: number | null;
    };

export type DialogAction =
  | { readonly type: 'key'; readonly press: KeyPress }
  | { readonly type: 'field'; readonly by: 1 | -1 }
  /** What Tab found; the text becomes what all of them begin with. */
  | { readonly type: 'completed'; readonly candidates: readonly string[] }
  /** Looks at all fields; wrong ones are marked and the first of them is gone to. */
  | { readonly type: 'check' }
  | { readonly type: 'preparing' }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'run'; readonly at: number }
  | { readonly type: 'said'; readonly said: Said; readonly place: string | null }
  | { readonly type: 'stopping' }
  | { readonly type: 'ended'; readonly end: ActEnd }
  | { readonly type: 'scroll'; readonly to: number };

/** More than a screen; a stack's events would go on for ever. */
const LINES_KEPT = 2_000;

/** The form for some fields, filled with what is known already. */
export function openForm(fields: readonly Field[], values: Values = {}): DialogState {
  const states = fields.map((field): FieldState => {
    const value = values[field.key];
    const text = value === undefined ? offeredText(field.initial) : textField(value);
    return { field, text, wrong: null };
  });
  return { phase: 'form', fields: states, index: 0, candidates: [] };
}

export function valuesOf(fields: readonly FieldState[]): Values {
  return Object.fromEntries(fields.map(({ field, text }) => [field.key, text.value.trim()]));
}

/** What all of some texts begin with. */
export function commonStart(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

function reduceForm(state: Extract<DialogState, { phase: 'form' }>, action: DialogAction): DialogState {
  const { fields, index } = state;
  const change = (part: Partial<FieldState>): DialogState => ({
    ...state,
    fields: fields.map((one, i) => (i === index ? { ...one, ...part } : one)),
  });
  const current = fields[index];
  switch (action.type) {
    case 'key': {
      if (!current) return state;
      const text = editText(current.text, action.press);
      return text === current.text
        ? state
        : ({ ...change({ text, wrong: null }), candidates: [] } as DialogState);
    }
    case 'field':
      return {
        ...state,
        index: Math.max(0, Math.min(fields.length - 1, index + action.by)),
        candidates: [],
      };
    case 'completed': {
      const start = commonStart(action.candidates);
      const { candidates } = action;
      if (!current || candidates.length === 0) return { ...state, candidates: [] };
      const longer = start.length > current.text.value.length ? textField(start) : current.text;
      return {
        ...(change({ text: longer, wrong: null }) as typeof state),
        candidates: candidates.length > 1 ? candidates : [],
      };
    }
    case 'check': {
      const checked = fields.map((one) => ({
        ...one,
        wrong: one.field.check?.(one.text.value.trim()) ?? null,
      }));
      const wrong = checked.findIndex((one) => one.wrong !== null);
      return { ...state, fields: checked, index: wrong < 0 ? index : wrong, candidates: [] };
    }
    default:
      return state;
  }
}

function told(lines: readonly Line[], { text, tone }: Said, place: string | null): readonly Line[] {
  const line: Line = { text, tone, place };
  const at = place === null ? -1 : lines.findLastIndex((one) => one.place === place);
  if (at >= 0) return lines.map((one, i) => (i === at ? line : one));
  return [...lines.slice(1 - LINES_KEPT), line];
}

export function reduceDialog(state: DialogState, action: DialogAction): DialogState {
  switch (action.type) {
    case 'preparing':
      return { phase: 'preparing' };
    case 'refused':
      return { phase: 'refused', refusal: action.refusal };
    case 'planned':
      return { phase: 'ask', plan: action.plan, offset: 0 };
  }
  switch (state.phase) {
    case 'form':
      return reduceForm(state, action);
    case 'ask':
      if (action.type === 'scroll') return { ...state, offset: action.to };
      if (action.type !== 'run') return state;
      return { phase: 'running', plan: state.plan, lines: [], since: action.at, stopping: false };
    case 'running':
      if (action.type === 'said') return { ...state, lines: told(state.lines, action.said, action.place) };
      if (action.type === 'stopping') return { ...state, stopping: true };
      if (action.type !== 'ended') return state;
      return { phase: 'done', plan: state.plan, lines: state.lines, end: action.end, offset: null };
    case 'done':
      return action.type === 'scroll' ? { ...state, offset: action.to } : state;
    default:
      return state;
  }
}
