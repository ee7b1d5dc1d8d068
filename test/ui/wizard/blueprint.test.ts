import { expect, test } from 'vitest';
import { DEFAULTS } from '../../../src/cluster/parameters.ts';
import { equivalentCommand } from '../../../src/ui/wizard/equivalent-command.ts';
import {
  CONTINUE,
  defaultText,
  FIELDS,
  type FormState,
  fieldsOf,
  firstWrong,
  initialForm,
  parametersOf,
  reduceForm,
} from '../../../src/ui/wizard/form-state.ts';

const at = (key: string): number => FIELDS.findIndex((field) => field.key === key);

/** The form with another blueprint chosen, `times` to the right of kubernetes: single, then fleet. */
function chosen(times: 1 | 2): FormState {
  let form = reduceForm(initialForm(DEFAULTS, DEFAULTS), { type: 'focus', index: at('blueprint') });
  for (let i = 0; i < times; i++) form = reduceForm(form, { type: 'cycle', by: 1 });
  return form;
}

test('a blueprint shows the fields that mean something to it, and moving passes over the others', () => {
  expect(fieldsOf(initialForm(DEFAULTS, DEFAULTS))).toEqual(FIELDS);
  const single = chosen(1);
  const names = fieldsOf(single).map(({ key }) => key);
  expect(names).not.toContain('clusterSize');
  expect(names).not.toContain('discoveryUrl');
  expect(names).not.toContain('dockerCidr');
  let form = single;
  const walked: string[] = [];
  while (form.focus < CONTINUE) {
    form = reduceForm(form, { type: 'focus', index: form.focus + 1 });
    walked.push(FIELDS[form.focus]?.key ?? 'continue');
  }
  expect(walked).toEqual([...names.slice(names.indexOf('blueprint') + 1), 'continue']);
  const back = reduceForm(form, { type: 'focus', index: form.focus - 1 });
  expect(FIELDS[back.focus]?.key).toBe(names.at(-1));
});

test('a fleet has three machines by default; a size that was typed stays', () => {
  const fleet = chosen(2);
  expect(parametersOf(fleet)).toMatchObject({ blueprint: 'fleet', clusterSize: 3 });
  expect(defaultText(fleet, 'clusterSize')).toBe('3');
  const again = reduceForm(fleet, { type: 'cycle', by: 1 });
  expect(parametersOf(again)).toMatchObject({ blueprint: 'kubernetes', clusterSize: 2 });
  let typed = reduceForm(fleet, { type: 'focus', index: at('clusterSize') });
  typed = reduceForm(typed, {
    type: 'edit',
    press: { name: '1', text: '1', ctrl: false, meta: false } as never,
  });
  const size = parametersOf(typed).clusterSize;
  typed = reduceForm(typed, { type: 'focus', index: at('blueprint') });
  typed = reduceForm(typed, { type: 'cycle', by: -1 });
  expect(typed.texts.clusterSize.value).toBe(String(size));
});

test('what the blueprint does not have cannot stand in the way', () => {
  const wrong = initialForm({ ...DEFAULTS, blueprint: 'single', dockerCidr: '1.2.3.4/8' }, DEFAULTS);
  expect(
    FIELDS[firstWrong({ ...wrong, named: { name: 'kubernetes', look: { status: 'known', value: null } } })],
  ).toBe(undefined);
});

test('the equivalent command says the blueprint, and its size only when it is not the usual one', () => {
  const words = (clusterSize: number): string =>
    equivalentCommand({ ...DEFAULTS, blueprint: 'fleet', clusterSize }, DEFAULTS, [], null).join(' ');
  expect(words(3)).toBe('kubecore up --name kubernetes --blueprint fleet --yes');
  expect(words(2)).toContain('--cluster-size 2');
  expect(equivalentCommand({ ...DEFAULTS, blueprint: 'single' }, DEFAULTS, [], null)).not.toContain(
    '--cluster-size 2',
  );
});
