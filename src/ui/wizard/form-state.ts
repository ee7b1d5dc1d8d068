/** Owns step 3's state: every parameter as it was typed, its verdict, the list of values, and whether the name is free. */
import type { KubecoreError } from '../../cluster/errors.ts';
import { isOurs, launchIdOf } from '../../cluster/identity.ts';
import type { ParameterKey, ParameterSpec, Parameters, Verdict } from '../../cluster/parameters.ts';
import {
  appliesTo,
  BLUEPRINTS,
  defaultsFor,
  PARAMETERS,
  parameterText,
  withParameter,
} from '../../cluster/parameters.ts';
import type { Stack } from '../../cluster/ports.ts';
import type { KeyPress } from '../keys/bindings.ts';
import { moveChoice } from '../widgets/choice.tsx';
import { editText, offeredText, type TextFieldState, textField } from '../widgets/text-field.ts';
import type { Look } from './look.ts';
import { quoted } from './words.ts';

/** The key pair is step 2's. */
export const FIELDS: readonly ParameterSpec[] = PARAMETERS.filter((spec) => spec.key !== 'keyPair');

/** The focus after the last field: the line that goes on. */
export const CONTINUE = FIELDS.length;

export interface FormState {
  readonly texts: Readonly<Record<ParameterKey, TextFieldState>>;
  /** What an untouched field holds here: the article's defaults, as the backend changes them. */
  readonly defaults: Parameters;
  /** What a suggested command needs to mean the same place: `--sandbox`, `--region eu-west-1`. */
  readonly flags: readonly string[];
  /** Index in FIELDS, or CONTINUE. */
  readonly focus: number;
  /** The open list of a field's values. */
  readonly picker: { readonly filter: TextFieldState; readonly selected: string } | null;
  /** What the region has by the name typed last. */
  readonly named: { readonly name: string; readonly look: Look<Stack | null> } | null;
  /** Going on as soon as the name is known to be free. */
  readonly continuing: boolean;
  /** A cluster of this name is there: take it up, or choose another name. */
  readonly offer: {
    readonly stack: Stack;
    readonly choice: 'take-up' | 'rename';
    /** Why it could not be taken up. */
    readonly error?: KubecoreError;
  } | null;
}

export type FormAction =
  | { readonly type: 'focus'; readonly index: number }
  | { readonly type: 'edit'; readonly press: KeyPress }
  /** The next or previous allowed value. */
  | { readonly type: 'cycle'; readonly by: 1 | -1 }
  | { readonly type: 'reset' }
  | { readonly type: 'open-picker'; readonly press: KeyPress | null }
  | { readonly type: 'pick' }
  | { readonly type: 'close-picker' }
  | { readonly type: 'named'; readonly name: string; readonly look: Look<Stack | null> }
  | { readonly type: 'continue' }
  | { readonly type: 'offer-choice'; readonly choice: 'take-up' | 'rename' }
  | { readonly type: 'rename' }
  | { readonly type: 'take-up-failed'; readonly error: KubecoreError }
  | { readonly type: 'defaults'; readonly defaults: Parameters; readonly flags: readonly string[] };

/** The form as it opens: what was given on the command line, over the backend's defaults. */
export function initialForm(given: Parameters, defaults: Parameters): FormState {
  return {
    texts: textsOf(given),
    defaults,
    flags: [],
    focus: 0,
    picker: null,
    named: null,
    continuing: false,
    offer: null,
  };
}

const textsOf = (parameters: Parameters): FormState['texts'] =>
  Object.fromEntries(
    PARAMETERS.map(({ key }) => [key, offeredText(parameterText(parameters, key))]),
  ) as unknown as FormState['texts'];

/** The parameters as far as they are right; what is wrong keeps its default. */
export function parametersOf(form: FormState): Parameters {
  return FIELDS.reduce((parameters, spec) => {
    const text = form.texts[spec.key].value.trim();
    return spec.check(text, parameters).ok ? withParameter(parameters, spec.key, text) : parameters;
  }, form.defaults);
}

/** How much is launched, as the form stands. */
export const blueprintOf = (form: FormState): Parameters['blueprint'] =>
  BLUEPRINTS.find((name) => name === form.texts.blueprint.value) ?? form.defaults.blueprint;

/** The fields that mean something to the chosen blueprint. */
export const fieldsOf = (form: FormState): readonly ParameterSpec[] =>
  FIELDS.filter(({ key }) => appliesTo(key, blueprintOf(form)));

/** What a field holds when nobody touches it: a blueprint may have a default of its own. */
export const defaultText = (form: FormState, key: ParameterKey): string =>
  parameterText({ ...form.defaults, ...ownDefaults(form, blueprintOf(form)) }, key);

/** The size that belongs to a blueprint; the choice of blueprint itself has the backend's default. */
function ownDefaults(form: FormState, blueprint: Parameters['blueprint']): Partial<Parameters> {
  const { clusterSize } = { clusterSize: form.defaults.clusterSize, ...defaultsFor(blueprint) };
  return { clusterSize };
}

/** What became of a name in the region. */
export type NameState =
  | { readonly is: 'unknown' | 'free' }
  | { readonly is: 'failed'; readonly why: string; readonly hint: string }
  /** kubecore's, being created or complete: it can be taken up. */
  | { readonly is: 'ours'; readonly stack: Stack }
  | { readonly is: 'taken'; readonly why: string; readonly hint: string };

const TAKE_UP = /^(?:CREATE_IN_PROGRESS|CREATE_COMPLETE|UPDATE_\w*COMPLETE|UPDATE_IN_PROGRESS)$/;

export function nameState(form: FormState): NameState {
  const name = form.texts.name.value.trim();
  if (form.named === null || form.named.name !== name || form.named.look.status === 'looking') {
    return { is: 'unknown' };
  }
  const { look } = form.named;
  if (look.status === 'failed') {
    return { is: 'failed', why: `${look.error.what}: ${look.error.why}`, hint: look.error.next };
  }
  const stack = look.value;
  if (stack === null) return { is: 'free' };
  if (!isOurs(stack)) {
    return {
      is: 'taken',
      why: `a stack of this name is there already (${stack.status}), and kubecore did not make it`,
      hint: `choose another name, such as ${name}-2`,
    };
  }
  // What has no stack can be finished after AWS had refused it.
  const unfinished = stack.status === 'CREATE_FAILED' && launchIdOf(stack.id) !== null;
  if (unfinished || TAKE_UP.test(stack.status)) return { is: 'ours', stack };
  return {
    is: 'taken',
    why: `a launch of this name is there already: ${stack.status}`,
    hint: `choose another name, or delete it: ${['kubecore down --cluster', name, ...form.flags.map(quoted)].join(' ')}`,
  };
}

/** The verdict on one field as it is typed, what the region says of the name included. */
export function verdictOf(form: FormState, spec: ParameterSpec): Verdict {
  const text = form.texts[spec.key].value.trim();
  const verdict = spec.check(text, parametersOf(form));
  if (!verdict.ok || spec.key !== 'name') return verdict;
  const state = nameState(form);
  if (state.is === 'failed' || state.is === 'taken') return { ok: false, why: state.why, hint: state.hint };
  if (state.is === 'ours') {
    return {
      ok: false,
      why: `a kubecore cluster of this name is there: ${state.stack.status}`,
      hint: 'continue to take it up, or choose another name',
    };
  }
  return verdict;
}

export const firstWrong = (form: FormState): number => {
  const shown = fieldsOf(form);
  return FIELDS.findIndex((spec) => shown.includes(spec) && !verdictOf(form, spec).ok);
};

/** Everything passes, the region's word on the name included. */
export const passes = (form: FormState): boolean => firstWrong(form) === -1 && nameState(form).is === 'free';

/** A parameter that can only be what it is. */
export const isFixed = (spec: ParameterSpec): boolean => spec.allowed?.length === 1;

/** Values that are chosen, not typed. */
export const isChosen = (spec: ParameterSpec): boolean => (spec.allowed?.length ?? 0) > 1;

/** More values than fit a line: chosen from a list. */
export const hasList = (spec: ParameterSpec): boolean => (spec.allowed?.length ?? 0) > 6;

/** The values that the picker shows. */
export function picked(form: FormState): readonly string[] {
  const spec = FIELDS[form.focus];
  const wanted = form.picker?.filter.value.toLowerCase() ?? '';
  return (spec?.allowed ?? []).filter((value) => value.toLowerCase().includes(wanted));
}

function moved(form: FormState, focus: number): FormState {
  const shown = fieldsOf(form);
  const by = focus < form.focus ? -1 : 1;
  let to = Math.max(0, Math.min(CONTINUE, focus));
  // What the blueprint does not have is passed over; the first field is one that all have.
  for (let spec = FIELDS[to]; spec !== undefined && !shown.includes(spec); spec = FIELDS[to]) to += by;
  return { ...form, focus: to, picker: null, offer: null, continuing: false };
}

export function reduceForm(form: FormState, action: FormAction): FormState {
  const spec = FIELDS[form.focus];
  switch (action.type) {
    case 'focus':
      return moved(form, action.index);
    case 'edit':
      return form.picker ? editPicker(form, action.press) : editField(form, spec, action.press);
    case 'cycle': {
      if (!spec?.allowed || isFixed(spec)) return form;
      const at = spec.allowed.indexOf(form.texts[spec.key].value);
      const value = spec.allowed[(at + action.by + spec.allowed.length) % spec.allowed.length]!;
      const next = set(form, spec.key, textField(value));
      return spec.key === 'blueprint' ? withOwnSize(form, next) : next;
    }
    case 'reset': {
      if (!spec) return form;
      const next = set(form, spec.key, offeredText(defaultText(form, spec.key)));
      return spec.key === 'blueprint' ? withOwnSize(form, next) : next;
    }
    case 'open-picker': {
      if (!spec || !hasList(spec)) return form;
      const opened = {
        ...form,
        picker: { filter: textField(''), selected: form.texts[spec.key].value },
      };
      return action.press ? editPicker(opened, action.press) : opened;
    }
    case 'pick': {
      if (!form.picker || !spec) return form;
      const values = picked(form);
      const value = values.includes(form.picker.selected) ? form.picker.selected : values[0];
      if (value === undefined) return form;
      return { ...set(form, spec.key, textField(value)), picker: null };
    }
    case 'close-picker':
      return { ...form, picker: null };
    case 'named': {
      if (action.name !== form.texts.name.value.trim()) return form;
      return settle({ ...form, named: { name: action.name, look: action.look } });
    }
    case 'continue': {
      const wrong = firstWrong(form);
      const state = nameState(form);
      if (state.is === 'ours' && (wrong === -1 || FIELDS[wrong]?.key === 'name'))
        return offer(form, state.stack);
      // What the region could not say is asked again, everything else is for the user to mend.
      if (wrong !== -1 && !(FIELDS[wrong]?.key === 'name' && state.is === 'failed'))
        return moved(form, wrong);
      if (state.is === 'failed') return { ...form, named: null, continuing: true };
      return { ...form, continuing: true, picker: null };
    }
    case 'offer-choice':
      return form.offer ? { ...form, offer: { ...form.offer, choice: action.choice } } : form;
    case 'take-up-failed':
      return form.offer ? { ...form, offer: { ...form.offer, error: action.error } } : form;
    case 'rename':
      return moved(form, 0);
    case 'defaults':
      return { ...withDefaults(form, action.defaults), flags: action.flags };
  }
}

/** Another blueprint: a size that nobody touched becomes its own. */
const withOwnSize = (before: FormState, form: FormState): FormState =>
  before.texts.clusterSize.value === defaultText(before, 'clusterSize')
    ? { ...form, texts: { ...form.texts, clusterSize: offeredText(defaultText(form, 'clusterSize')) } }
    : form;

const offer = (form: FormState, stack: Stack): FormState => ({
  ...form,
  focus: 0,
  picker: null,
  continuing: false,
  offer: { stack, choice: 'take-up' },
});

/** Once the name's answer is in, Continue either may go on or shows what is in its way. */
function settle(form: FormState): FormState {
  if (!form.continuing) return form;
  const state = nameState(form);
  if (state.is === 'unknown' || state.is === 'free') return form;
  return state.is === 'ours' ? offer(form, state.stack) : moved(form, 0);
}

function set(form: FormState, key: ParameterKey, text: TextFieldState): FormState {
  return { ...form, texts: { ...form.texts, [key]: text }, continuing: false, offer: null };
}

function editField(form: FormState, spec: ParameterSpec | undefined, press: KeyPress): FormState {
  if (!spec || spec.allowed !== null) return form;
  const field = form.texts[spec.key];
  const next = editText(field, press);
  return next === field ? form : set(form, spec.key, next);
}

function editPicker(form: FormState, press: KeyPress): FormState {
  if (!form.picker) return form;
  const filter = editText(form.picker.filter, press);
  if (filter !== form.picker.filter && filter.value !== form.picker.filter.value) {
    const next = { ...form, picker: { ...form.picker, filter } };
    const values = picked(next);
    const selected = values.includes(form.picker.selected) ? form.picker.selected : (values[0] ?? '');
    return { ...next, picker: { filter, selected } };
  }
  // Letters filter, so only the keys that are no letters move.
  if (press.text !== '') return form;
  const selected = moveChoice(picked(form), form.picker.selected, press);
  return { ...form, picker: { filter, selected } };
}

/** Another backend's defaults: fields still at the old ones follow, what was typed stays. */
function withDefaults(form: FormState, defaults: Parameters): FormState {
  const texts = Object.fromEntries(
    PARAMETERS.map(({ key }) => {
      const untouched = form.texts[key].value === parameterText(form.defaults, key);
      return [key, untouched ? offeredText(parameterText(defaults, key)) : form.texts[key]];
    }),
  ) as unknown as FormState['texts'];
  return { ...form, defaults, texts, named: null };
}
