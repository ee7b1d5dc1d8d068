/**
 * Owns the question for a private key's passphrase on a screen. What is typed lives in a closure alone: a screen's state, and
 * so whoever looks into it, gets a bullet for each character.
 */
import type { AskPassphrase } from '../../cluster/ports.ts';
import type { KeyPress } from '../keys/bindings.ts';
import { graphemes } from '../keys/reader.ts';
import { editText, type TextFieldState, textField } from './text-field.ts';

export interface PassphraseQuestion {
  /** The key's file, for a person. */
  readonly label: string;
  /** From 1; above that the last one was wrong. */
  readonly attempt: number;
  readonly mask: TextFieldState;
  /** It was given and is being tried. */
  readonly busy: boolean;
}

export interface PassphraseAsker {
  readonly ask: AskPassphrase;
  edit(press: KeyPress): void;
  /** Gives what was typed; nothing typed is no answer. */
  submit(): void;
  /** Ends the question; an open one gets the answer that none is given. */
  close(): void;
}

/** @param show draws the question; null: there is none any more */
export function passphraseAsker(show: (question: PassphraseQuestion | null) => void): PassphraseAsker {
  let text = textField('');
  let asked: {
    readonly label: string;
    readonly attempt: number;
    readonly answer: (given: string | null) => void;
  } | null = null;

  const draw = (busy: boolean): void => {
    if (asked) show({ label: asked.label, attempt: asked.attempt, mask: masked(text), busy });
  };
  const settle = (given: string | null): void => {
    const answer = asked?.answer;
    asked = null;
    text = textField('');
    answer?.(given);
  };

  return {
    ask: (label, attempt) =>
      new Promise((answer) => {
        settle(null);
        asked = { label, attempt, answer };
        draw(false);
      }),
    edit(press) {
      if (asked === null) return;
      const next = editText(text, whole(press));
      if (next === text) return;
      text = next;
      draw(false);
    },
    submit() {
      if (asked === null || text.value === '') return;
      draw(true);
      settle(text.value);
    },
    close() {
      settle(null);
      show(null);
    },
  };
}

/**
 * Unlocks a key with the asker's question, and ends it.
 * @returns false when the person gave no passphrase; any other failure is thrown
 */
export async function answered(
  asker: PassphraseAsker,
  unlock: (ask: AskPassphrase) => Promise<void>,
): Promise<boolean> {
  let given = true;
  try {
    await unlock(async (label, attempt) => {
      const answer = await asker.ask(label, attempt);
      given = answer !== null;
      return answer;
    });
  } catch (error) {
    if (given) throw error;
  } finally {
    asker.close();
  }
  return given;
}

function masked({ value, cursor }: TextFieldState): TextFieldState {
  return { value: '•'.repeat(graphemes(value).length), cursor };
}

/** By words the cursor would show where they end. */
const WHOLE: Readonly<Record<string, string>> = {
  'word-left': 'home',
  'word-right': 'end',
  'ctrl+w': 'ctrl+u',
};

const whole = (press: KeyPress): KeyPress => ({ ...press, name: WHOLE[press.name] ?? press.name });
