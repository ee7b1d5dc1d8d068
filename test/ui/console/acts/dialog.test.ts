/** The dialog of an act, key by key: nothing is run before it was asked, and what was typed is never lost. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/ui/console/acts/act.ts';
import {
  commonStart,
  type DialogAction,
  type DialogState,
  openForm,
  reduceDialog,
  valuesOf,
} from '../../../../src/ui/console/acts/dialog.ts';

const plan: Plan = {
  title: 'Stop it',
  question: 'Stop it?',
  commands: ['master $ true'],
  equivalent: null,
  run: async () => ({ ok: true }),
};

const number = (value: string): string | null => (/^\d+$/.test(value) ? null : 'a number');
const form = openForm([
  { key: 'name', label: 'name', initial: 'web', complete: () => [] },
  { key: 'size', label: 'size', initial: '2', check: number },
]);
const key = (text: string): DialogAction => ({ type: 'key', press: { name: text, text } });

const play = (start: DialogState, ...actions: DialogAction[]): DialogState =>
  actions.reduce(reduceDialog, start);

function fieldsOf(state: DialogState) {
  if (state.phase !== 'form') throw new Error(state.phase);
  return state.fields;
}

describe('a form', () => {
  it('offers values that the first key replaces', () => {
    expect(valuesOf(fieldsOf(form))).toEqual({ name: 'web', size: '2' });
    expect(valuesOf(fieldsOf(play(form, key('d'), key('b'))))).toEqual({ name: 'db', size: '2' });
  });

  it('goes to the first field that is wrong and says what is', () => {
    const tried = play(
      form,
      { type: 'field', by: 1 },
      key('x'),
      { type: 'field', by: -1 },
      { type: 'check' },
    );
    expect(tried).toMatchObject({ index: 1 });
    expect(fieldsOf(tried)[1]?.wrong).toBe('a number');
    expect(fieldsOf(play(tried, key('5')))[1]?.wrong).toBeNull();
  });

  it('is completed as far as all candidates agree', () => {
    const one = play(form, { type: 'completed', candidates: ['web.service'] });
    expect(valuesOf(fieldsOf(one)).name).toBe('web.service');
    const two = play(form, { type: 'completed', candidates: ['web-a', 'web-b'] });
    expect(valuesOf(fieldsOf(two)).name).toBe('web-');
    expect(two).toMatchObject({ candidates: ['web-a', 'web-b'] });
  });
});

describe('from the question to the end', () => {
  const asked = play(form, { type: 'preparing' }, { type: 'planned', plan });

  it('runs only what was asked', () => {
    expect(reduceDialog(form, { type: 'run', at: 0 })).toBe(form);
    expect(reduceDialog(asked, { type: 'run', at: 7 })).toMatchObject({ phase: 'running', since: 7 });
  });

  it('keeps one line for each place', () => {
    const done = play(
      asked,
      { type: 'run', at: 0 },
      { type: 'said', said: { text: '1 of 2', tone: 'plain' }, place: 'progress' },
      { type: 'said', said: { text: 'by the way', tone: 'plain' }, place: null },
      { type: 'said', said: { text: '2 of 2', tone: 'plain' }, place: 'progress' },
      { type: 'ended', end: { ok: true } },
    );
    expect(done.phase === 'done' && done.lines.map(({ text }) => text)).toEqual(['2 of 2', 'by the way']);
  });
});

describe('commonStart', () => {
  it.each([
    [[], ''],
    [['abc'], 'abc'],
    [['abc', 'abd'], 'ab'],
    [['abc', 'x'], ''],
  ])('of %j', (texts, start) => expect(commonStart(texts)).toBe(start));
});
