/** Owns a change set told on paper: what becomes of each resource, why, and what it means, wrapped to the terminal. */
import type { Effect, Fate } from '../cluster/change-words.ts';
import { wrapWords } from '../ui/terminal/cells.ts';

const WORDS: Readonly<Record<Fate, readonly [mark: string, word: string]>> = {
  add: ['+', 'added'],
  modify: ['~', 'changed in place'],
  replace: ['!', 'REPLACED'],
  'may-replace': ['?', 'perhaps REPLACED'],
  remove: ['-', 'removed'],
};

/** The effects and warnings as lines of at most `width` cells. */
export function changeLines(
  effects: readonly Effect[],
  warnings: readonly string[],
  width: number,
): readonly string[] {
  const wrapped = (text: string, indent: string): string[] =>
    wrapWords(text, Math.max(20, width - indent.length)).map((line) => `${indent}${line}`);
  return [
    ...effects.flatMap(({ resource, type, fate, because, means }) => {
      const [mark, word] = WORDS[fate];
      return [
        `  ${mark} ${resource} (${type.replace(/^AWS::/, '')}): ${word}`,
        ...because.flatMap((cause) => wrapped(cause, '      ')),
        ...(means === null ? [] : wrapped(`→ ${means}`, '      ')),
      ];
    }),
    summary(effects),
    ...warnings.flatMap((warning) => wrapped(`warning: ${warning}`, '')),
  ];
}

/** `4 changed in place, nothing is replaced`. */
function summary(effects: readonly Effect[]): string {
  const count = (fate: Fate): number => effects.filter((effect) => effect.fate === fate).length;
  const parts = (
    [
      ['add', 'added'],
      ['modify', 'changed in place'],
      ['replace', 'replaced'],
      ['may-replace', 'perhaps replaced'],
      ['remove', 'removed'],
    ] as const
  ).flatMap(([fate, word]) => (count(fate) === 0 ? [] : [`${count(fate)} ${word}`]));
  if (count('replace') + count('may-replace') === 0) parts.push('nothing is replaced');
  return parts.join(', ');
}
