/** Owns step 3's screen: the form of the launch's parameters, checked as they are typed. */
import { Box } from 'ink';
import { type ReactElement, useCallback, useEffect } from 'react';
import { asKubecoreError } from '../../cluster/errors.ts';
import type { Stack } from '../../cluster/ports.ts';
import type { Binding } from '../keys/bindings.ts';
import { eachKey } from '../keys/bindings.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import { sanitise } from '../sanitise.ts';
import { Lines } from '../terminal/lines.tsx';
import type { Theme } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { Choice, moveChoice } from '../widgets/choice.tsx';
import { reveal, scrolled } from '../widgets/scroll-view.ts';
import { fieldText } from '../widgets/text-field.ts';
import { continueLine, explanation, fieldLine, valuesOf } from './form-lines.ts';
import {
  CONTINUE,
  FIELDS,
  type FormAction,
  type FormState,
  fieldsOf,
  hasList,
  isChosen,
  isFixed,
  picked,
} from './form-state.ts';
import { failed, known } from './look.ts';
import { Screen } from './screen.tsx';
import { type BackendStepProps, placeOf } from './step-props.ts';
import { spinner, useTick } from './use-tick.ts';
import { problem, prose } from './words.ts';

const HELP = [
  "Every parameter has the article's default: pressing Ctrl-N at once is fine. Values are checked as you type; the review shows what they make before anything is created.",
  'Home, End, Ctrl-A, Ctrl-E, Ctrl-U, Ctrl-K and Ctrl-W edit as in a shell.',
];

/** The region is asked for a name once typing rests for this long. */
const REST_MS = 400;

export function ParametersScreen(
  props: BackendStepProps & { readonly onTakeUp: (stack: Stack) => void },
): ReactElement {
  const { services, backend, wizard, onInterrupt, onTakeUp } = props;
  const theme = useTheme();
  const form = wizard.state.form;
  const dispatch = useCallback(
    (action: FormAction) => wizard.dispatch({ type: 'form', action }),
    [wizard.dispatch],
  );

  const name = form.texts.name.value.trim();
  const unasked = form.named?.name !== name && FIELDS[0]!.check(name, {}).ok;
  useEffect(() => {
    if (!unasked) return;
    const ending = new AbortController();
    void (async () => {
      try {
        if (!form.continuing) await services.clock.sleep(REST_MS, ending.signal);
        const stack = await backend.cloud.stack(name, ending.signal);
        if (!ending.signal.aborted) dispatch({ type: 'named', name, look: known(stack) });
      } catch (error) {
        if (!ending.signal.aborted) dispatch({ type: 'named', name, look: failed(asKubecoreError(error)) });
      }
    })();
    return () => ending.abort();
  }, [unasked, name, form.continuing, services, backend, dispatch]);

  const keys = (): KeyTable => {
    const now = wizard.latest().form;
    if (now.offer) return offerKeys(now.offer, dispatch, onTakeUp);
    if (now.picker) return pickerKeys(dispatch);
    return formKeys(now, dispatch, () => wizard.dispatch({ type: 'back' }));
  };

  const tick = useTick(services.clock, 160, unasked);
  const spin = spinner(tick);
  const spec = FIELDS[form.focus];

  return (
    <Screen
      step={2}
      place={placeOf(backend)}
      title={form.picker && spec ? spec.label : form.offer ? 'This cluster is there already' : 'Parameters'}
      about={form.picker ? (spec?.help ?? '') : ''}
      help={HELP}
      keys={keys}
      typing={() => takesQuestionMark(wizard.latest().form)}
      onInterrupt={onInterrupt}
    >
      {({ width, height }) => {
        if (form.offer) return <Offer form={form} offer={form.offer} width={width} theme={theme} />;
        if (form.picker) return <Picker form={form} width={width} height={height} theme={theme} />;
        const wide = width >= 104;
        const column = wide ? 68 : width;
        const there = fieldsOf(form);
        const fields = there.map((field) => fieldLine(form, field, column - 2, spin, theme));
        const on = continueLine(form, spin, theme);
        const said = explanation(form, wide ? width - column - 4 : width, theme);
        const beside = [
          ...said,
          ...(wide && spec ? ['', ...valuesOf(form, spec, width - column - 4, theme)] : []),
        ];
        // Without a column of its own, what is said keeps its rows below, so that the form does not jump.
        const below = wide ? 0 : Math.min(5, Math.max(2, height - 6));
        const rows = Math.max(1, Math.min(there.length, height - below - 1));
        const gap = height > there.length + below + 2 ? [''] : [];
        // The focused line keeps to the middle, so that its neighbours can be seen.
        const at = spec ? there.indexOf(spec) : there.length - 1;
        const first = reveal(Math.max(0, at - Math.floor(rows / 2)), at, there.length, rows);
        const shown = <Lines lines={[...scrolled(fields, first, column, rows, theme), ...gap, on]} />;
        if (wide) {
          return (
            <Box columnGap={4}>
              <Box width={column}>{shown}</Box>
              <Lines lines={beside} />
            </Box>
          );
        }
        return (
          <Box flexDirection="column">
            {shown}
            <Lines lines={['', ...said].slice(0, Math.max(1, height - rows - gap.length - 1))} />
          </Box>
        );
      }}
    </Screen>
  );
}

/** A URL may hold a question mark; no other value does. */
const takesQuestionMark = (form: FormState): boolean =>
  form.picker !== null || /^discovery/.test(FIELDS[form.focus]?.key ?? '');

function formKeys(form: FormState, dispatch: (action: FormAction) => void, back: () => void): KeyTable {
  const spec = FIELDS[form.focus];
  const onContinue = form.focus === CONTINUE;
  const chosen = spec !== undefined && isChosen(spec);
  const bindings: Binding[] = [
    {
      keys: ['enter'],
      label: onContinue ? 'continue' : 'next',
      help: onContinue ? 'Go on to the review' : 'Go to the next line',
      pinned: true,
      run: () => dispatch(onContinue ? { type: 'continue' } : { type: 'focus', index: form.focus + 1 }),
    },
    ...eachKey(
      ['up', 'shift+tab', 'ctrl+p'],
      { shown: '↑↓', label: 'move', help: 'Tab and Shift-Tab move too' },
      () => dispatch({ type: 'focus', index: form.focus - 1 }),
    ),
    ...eachKey(['down', 'tab'], { label: 'move', hidden: true }, () =>
      dispatch({ type: 'focus', index: form.focus + 1 }),
    ),
    ...eachKey(
      ['left', 'right'],
      { shown: '←→', label: 'change', help: 'The next or previous value', when: () => chosen },
      (press) => dispatch({ type: 'cycle', by: press.name === 'left' ? -1 : 1 }),
    ),
    {
      keys: ['space'],
      label: hasList(spec ?? FIELDS[0]!) ? 'list' : 'change',
      hidden: !(spec && hasList(spec)),
      help: 'The list of all values; typing a letter opens it too',
      when: () => chosen,
      run: () =>
        dispatch(spec && hasList(spec) ? { type: 'open-picker', press: null } : { type: 'cycle', by: 1 }),
    },
    {
      keys: ['ctrl+n'],
      label: 'continue',
      help: 'Go on to the review from anywhere, or to the first line that needs mending',
      pinned: true,
      when: () => !onContinue,
      run: () => dispatch({ type: 'continue' }),
    },
    {
      keys: ['ctrl+r'],
      label: 'default',
      help: 'Put the default of this line back',
      when: () => spec !== undefined && !isFixed(spec),
      run: () => dispatch({ type: 'reset' }),
    },
    {
      keys: ['esc'],
      label: 'back',
      help: 'Back to the key pair; what was typed is kept',
      pinned: true,
      run: back,
    },
  ];
  if (spec === undefined || (spec.allowed !== null && !hasList(spec))) return { bindings };
  return {
    bindings,
    onKey: (press) => {
      if (!hasList(spec)) dispatch({ type: 'edit', press });
      // The list's filter is not there yet: a letter opens it, a paste has nowhere to go.
      else if (press.text !== '' && press.name !== 'paste') dispatch({ type: 'open-picker', press });
    },
  };
}

function pickerKeys(dispatch: (action: FormAction) => void): KeyTable {
  return {
    bindings: [
      { keys: ['enter'], label: 'choose', pinned: true, run: () => dispatch({ type: 'pick' }) },
      ...eachKey(['up', 'down', 'pageup', 'pagedown'], { shown: '↑↓', label: 'move' }, (press) =>
        dispatch({ type: 'edit', press }),
      ),
      {
        keys: ['esc'],
        label: 'keep the old one',
        pinned: true,
        run: () => dispatch({ type: 'close-picker' }),
      },
    ],
    onKey: (press) => dispatch({ type: 'edit', press }),
  };
}

const OFFERS = ['take-up', 'rename'] as const;

function offerKeys(
  offer: NonNullable<FormState['offer']>,
  dispatch: (action: FormAction) => void,
  onTakeUp: (stack: Stack) => void,
): KeyTable {
  const rename = (): void => dispatch({ type: 'rename' });
  return {
    bindings: [
      {
        keys: ['enter'],
        label: 'choose',
        pinned: true,
        run: () => (offer.choice === 'take-up' ? onTakeUp(offer.stack) : rename()),
      },
      ...eachKey(['up', 'down', 'k', 'j'], { shown: '↑↓', label: 'move' }, (press) =>
        dispatch({
          type: 'offer-choice',
          choice: moveChoice(OFFERS, offer.choice, press) as (typeof OFFERS)[number],
        }),
      ),
      { keys: ['esc'], label: 'back to the form', pinned: true, run: rename },
    ],
  };
}

function Offer(props: {
  readonly form: FormState;
  readonly offer: NonNullable<FormState['offer']>;
  readonly width: number;
  readonly theme: Theme;
}): ReactElement {
  const { offer, width, theme } = props;
  const { stack } = offer;
  const complete = stack.status.endsWith('_COMPLETE');
  return (
    <Box flexDirection="column">
      <Lines
        lines={[
          ...(offer.error ? [...problem(offer.error, width, theme), ''] : []),
          ...problem(
            {
              what: `the name "${sanitise(stack.name)}" is taken`,
              why: `a cluster that kubecore launched is ${complete ? 'there' : 'being created'} (${sanitise(stack.status)})`,
              next: complete
                ? 'open it, or choose another name'
                : 'take its launch up where it is, or choose another name',
            },
            width,
            theme,
            'warn',
          ),
          '',
        ]}
      />
      <Choice
        items={[
          {
            value: 'take-up',
            label: complete ? 'Open this cluster' : 'Take up this launch',
            note: complete ? 'its health is checked, then the console opens' : 'nothing is created twice',
          },
          { value: 'rename', label: 'Choose another name' },
        ]}
        selected={offer.choice}
        width={width}
      />
    </Box>
  );
}

function Picker(props: {
  readonly form: FormState;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}): ReactElement {
  const { form, width, height, theme } = props;
  const values = picked(form);
  const { picker } = form;
  if (!picker) return <Box />;
  const field = fieldText(picker.filter, {
    width: width - 8,
    focused: true,
    theme,
    placeholder: 'type to filter',
  });
  return (
    <Box flexDirection="column">
      <Lines lines={[`${theme.paint('dim', 'Filter  ')}${field}`, '']} />
      {values.length === 0 ? (
        <Lines
          lines={prose(
            `No value has "${picker.filter.value}" in it. Backspace widens the filter.`,
            width,
            theme,
            'warn',
          )}
        />
      ) : (
        <Choice
          items={values.map((value) => ({ value, label: value }))}
          selected={picker.selected}
          width={width}
          limit={Math.max(3, height - 2)}
        />
      )}
    </Box>
  );
}
