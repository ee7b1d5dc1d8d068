/** Owns step 2's state: the region's key pairs and where their private keys are, choosing one, creating one. */
import { inputError, type KubecoreError } from '../../cluster/errors.ts';
import { checkKeyPairName } from '../../cluster/parameters.ts';
import type { KeyPair, PrivateKeyFound } from '../../cluster/ports.ts';
import type { KeyPress } from '../keys/bindings.ts';
import type { PassphraseQuestion } from '../widgets/passphrase.ts';
import { editText, offeredText, type TextFieldState, textField } from '../widgets/text-field.ts';
import { LOOKING, type Look } from './look.ts';

export interface ChosenKey {
  readonly name: string;
  /** The private key's file; null when the ssh-agent has it. */
  readonly identityFile: string | null;
  /** Where the private key is, for a person. */
  readonly label: string;
  /** Its path was typed: nothing else would find it there. */
  readonly typed: boolean;
}

export type KeyPairMode =
  | { readonly type: 'list' }
  /** Typing the path of a private key, for one pair or (null) for whichever it belongs to. */
  | {
      readonly type: 'path';
      readonly pair: string | null;
      readonly field: TextFieldState;
      readonly busy: boolean;
      readonly error: KubecoreError | null;
    }
  | {
      readonly type: 'create';
      readonly field: TextFieldState;
      readonly busy: 'checking' | 'creating' | 'saving' | null;
      readonly error: KubecoreError | null;
    }
  /** Created in EC2 but not saved: the private key is in this program's memory alone. */
  | {
      readonly type: 'unsaved';
      /** The key pair's name. */
      readonly name: string;
      /** The file's name to try next, without `.pem`. */
      readonly field: TextFieldState;
      readonly busy: boolean;
      readonly error: KubecoreError;
      /** Ctrl-C was pressed once: the next one loses the key. */
      readonly warned: boolean;
    }
  /** The private key is encrypted: its passphrase is asked for. */
  | {
      readonly type: 'passphrase';
      readonly question: PassphraseQuestion;
      readonly busy: boolean;
      /** Where it was needed, and where Esc leads. */
      readonly from: KeyPairMode;
    };

export interface KeyPairState {
  readonly pairs: Look<readonly KeyPair[]>;
  /** Where each pair's private key is, by the pair's name; null: not at hand. */
  readonly keys: Readonly<Record<string, Look<PrivateKeyFound | null>>>;
  /** Pairs whose private key was given by its path. */
  readonly typed: readonly string[];
  /** Identity of the selected row: `pair:NAME`, `create`, `path`. null: not moved yet, the best row is. */
  readonly selected: string | null;
  readonly mode: KeyPairMode;
  /** The pair whose Enter is explained instead of going on: its key is missing, or cannot be used. */
  readonly explained: string | null;
  readonly chosen: ChosenKey | null;
  /** Ctrl-C was pressed while a pair is created or saved: the program ends after it, or with the next Ctrl-C. */
  readonly leaving: boolean;
  /** Created during this run, for the last word on leaving. */
  readonly created: readonly { readonly name: string; readonly path: string }[];
  /** The pair that --key-pair asked for. */
  readonly wanted: string | null;
}

export type KeyPairAction =
  | { readonly type: 'look' }
  | { readonly type: 'pairs'; readonly pairs: Look<readonly KeyPair[]> }
  | { readonly type: 'key'; readonly name: string; readonly key: Look<PrivateKeyFound | null> }
  | { readonly type: 'select'; readonly row: string }
  | { readonly type: 'explain'; readonly name: string | null }
  | { readonly type: 'choose'; readonly key: ChosenKey }
  | { readonly type: 'open-path'; readonly pair: string | null }
  | { readonly type: 'open-create' }
  | { readonly type: 'close' }
  /** null: it was answered, or is not to be. */
  | { readonly type: 'passphrase'; readonly question: PassphraseQuestion | null }
  | { readonly type: 'edit'; readonly press: KeyPress }
  | { readonly type: 'busy'; readonly with: 'path' | 'checking' | 'creating' | 'saving' }
  | { readonly type: 'refused'; readonly error: KubecoreError }
  /** The private key given by path belongs to this pair. */
  | { readonly type: 'matched'; readonly name: string; readonly key: PrivateKeyFound }
  | { readonly type: 'unsaved'; readonly name: string; readonly error: KubecoreError }
  | { readonly type: 'leaving'; readonly leaving: boolean }
  | { readonly type: 'warned' }
  | { readonly type: 'saved'; readonly pair: KeyPair; readonly path: string };

export const initialKeyPair = (wanted: string | null): KeyPairState => ({
  pairs: LOOKING,
  keys: {},
  typed: [],
  selected: null,
  mode: { type: 'list' },
  explained: null,
  chosen: null,
  leaving: false,
  created: [],
  wanted,
});

/** The article's name, offered first. */
const ARTICLE_NAME = 'coreos';

/** `coreos`, or the next that is free: `coreos-2`, … */
export function freeName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  for (let n = 2; ; n++) if (!taken.includes(`${wanted}-${n}`)) return `${wanted}-${n}`;
}

const names = (state: KeyPairState): string[] =>
  state.pairs.status === 'known' ? state.pairs.value.map((pair) => pair.name) : [];

/** The rows in order, by identity. */
export const rowsOf = (state: KeyPairState): readonly string[] => [
  ...names(state).map((name) => `pair:${name}`),
  'create',
  'path',
];

/** The selected row: the one moved to, else the pair asked for, else the first with a key at hand (`coreos` before others), else create. */
export function selectedRow(state: KeyPairState): string {
  const rows = rowsOf(state);
  if (state.selected !== null && rows.includes(state.selected)) return state.selected;
  if (state.chosen && rows.includes(`pair:${state.chosen.name}`)) return `pair:${state.chosen.name}`;
  if (state.wanted !== null && rows.includes(`pair:${state.wanted}`)) return `pair:${state.wanted}`;
  const usable = names(state).filter((name) => keyOf(state, name) !== null);
  const best = usable.includes(ARTICLE_NAME) ? ARTICLE_NAME : usable[0];
  return best === undefined ? 'create' : `pair:${best}`;
}

/** The private key of a pair, null while it is not known or not at hand. */
export function keyOf(state: KeyPairState, name: string): PrivateKeyFound | null {
  const look = state.keys[name];
  return look?.status === 'known' ? look.value : null;
}

/** What is wrong with the name typed for a new pair, as it is typed. */
export function nameProblem(state: KeyPairState, text: string): KubecoreError | null {
  const verdict = checkKeyPairName(text);
  if (!verdict.ok) return inputError('this name cannot be used', verdict.why, verdict.hint);
  if (/[/\\]/.test(text) || text.startsWith('.')) {
    return inputError(
      'this name cannot be used',
      'the private key is saved in a file of this name',
      'leave out slashes and a dot at the beginning',
    );
  }
  if (names(state).includes(text)) {
    return inputError(
      `there is a key pair "${text}" already`,
      'EC2 keeps one of each name in a region',
      `go back and choose it, or create ${freeName(text, names(state))}`,
    );
  }
  return null;
}

export function reduceKeyPair(state: KeyPairState, action: KeyPairAction): KeyPairState {
  switch (action.type) {
    case 'look':
      return { ...state, pairs: LOOKING, keys: {}, explained: null };
    case 'pairs': {
      const found = action.pairs.status === 'known' ? action.pairs.value : [];
      return {
        ...state,
        pairs: action.pairs,
        keys: Object.fromEntries(found.map(({ name }) => [name, state.keys[name] ?? LOOKING])),
      };
    }
    case 'key':
      return { ...state, keys: { ...state.keys, [action.name]: action.key } };
    case 'select':
      return { ...state, selected: action.row, explained: null };
    case 'explain':
      return { ...state, explained: action.name };
    case 'choose':
      return {
        ...state,
        chosen: action.key,
        selected: `pair:${action.key.name}`,
        explained: null,
        mode: { type: 'list' },
      };
    case 'open-path':
      return {
        ...state,
        explained: null,
        mode: { type: 'path', pair: action.pair, field: textField(''), busy: false, error: null },
      };
    case 'open-create':
      return {
        ...state,
        explained: null,
        selected: 'create',
        mode: {
          type: 'create',
          field: offeredText(freeName(wantedNew(state), names(state))),
          busy: null,
          error: null,
        },
      };
    case 'close':
      return { ...state, mode: { type: 'list' } };
    case 'passphrase':
      return { ...state, mode: asking(state.mode, action.question) };
    case 'edit':
      return { ...state, mode: edit(state.mode, action.press) };
    case 'busy':
      return { ...state, mode: busy(state.mode, action.with) };
    case 'refused':
      return { ...state, mode: refused(state.mode, action.error) };
    case 'matched':
      return {
        ...state,
        keys: { ...state.keys, [action.name]: { status: 'known', value: action.key } },
        typed: [...state.typed, action.name],
        selected: `pair:${action.name}`,
        mode: { type: 'list' },
      };
    case 'unsaved':
      return {
        ...state,
        mode: {
          type: 'unsaved',
          name: action.name,
          field:
            state.mode.type === 'unsaved'
              ? state.mode.field
              : offeredText(freeName(action.name, [action.name])),
          busy: false,
          error: action.error,
          warned: false,
        },
      };
    case 'leaving':
      return { ...state, leaving: action.leaving };
    case 'warned':
      return state.mode.type === 'unsaved' ? { ...state, mode: { ...state.mode, warned: true } } : state;
    case 'saved': {
      const { pair, path } = action;
      const pairs = state.pairs.status === 'known' ? state.pairs.value : [];
      const key = { path, label: path, encrypted: false };
      return {
        ...state,
        pairs: { status: 'known', value: [...pairs.filter(({ name }) => name !== pair.name), pair] },
        keys: { ...state.keys, [pair.name]: { status: 'known', value: key } },
        created: [...state.created, { name: pair.name, path }],
        chosen: { name: pair.name, identityFile: path, label: path, typed: false },
        selected: `pair:${pair.name}`,
        explained: null,
        mode: { type: 'list' },
      };
    }
  }
}

/** A name asked for with --key-pair that EC2 does not have is the one to create. */
const wantedNew = (state: KeyPairState): string =>
  state.wanted !== null && !names(state).includes(state.wanted) ? state.wanted : ARTICLE_NAME;

function edit(mode: KeyPairMode, press: KeyPress): KeyPairMode {
  if (mode.type === 'list' || mode.type === 'passphrase' || mode.busy) return mode;
  const field = editText(mode.field, press);
  if (field === mode.field) return mode;
  if (mode.type === 'unsaved') return { ...mode, field, warned: false };
  return { ...mode, field, error: field.value === mode.field.value ? mode.error : null };
}

/** A path that was being compared is one's own again meanwhile. */
function asking(mode: KeyPairMode, question: PassphraseQuestion | null): KeyPairMode {
  const from =
    mode.type === 'passphrase' ? mode.from : mode.type === 'path' ? { ...mode, busy: false } : mode;
  return question === null ? from : { type: 'passphrase', question, busy: question.busy, from };
}

function busy(mode: KeyPairMode, what: 'path' | 'checking' | 'creating' | 'saving'): KeyPairMode {
  if (mode.type === 'path' || mode.type === 'unsaved') return { ...mode, busy: true };
  if (mode.type === 'create') return { ...mode, busy: what === 'path' ? null : what, error: null };
  return mode;
}

function refused(mode: KeyPairMode, error: KubecoreError): KeyPairMode {
  if (mode.type === 'path') return { ...mode, busy: false, error };
  if (mode.type === 'create') return { ...mode, busy: null, error };
  return mode;
}
