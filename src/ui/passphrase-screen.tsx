/** Owns the screen that asks for a private key's passphrase, wherever on the way it is needed. */
import type { ReactElement } from 'react';
import type { Clock } from '../cluster/ports.ts';
import { eachKey } from './keys/bindings.ts';
import type { KeyTable } from './keys/use-keys.ts';
import { sanitise } from './sanitise.ts';
import { Lines } from './terminal/lines.tsx';
import { useTheme } from './theme-context.ts';
import type { PassphraseAsker, PassphraseQuestion } from './widgets/passphrase.ts';
import { fieldText } from './widgets/text-field.ts';
import { Screen } from './wizard/screen.tsx';
import { spinner, useTick } from './wizard/use-tick.ts';
import { prose } from './wizard/words.ts';

const HELP = [
  'The private key of the cluster is encrypted. Its passphrase is asked for once: the key it opens stays in the memory of this process, for the launch and the console, and is gone with it. The passphrase itself is neither shown, kept nor logged.',
  'A key that the ssh-agent holds is not asked for: go back, run ssh-add in another terminal, and come here again.',
];

const LABEL = 'Passphrase  ';

export function PassphraseScreen(props: {
  readonly question: PassphraseQuestion;
  readonly asker: PassphraseAsker;
  /** Index in STEPS. */
  readonly step: number;
  readonly place: string;
  readonly clock: Clock;
  /** Esc: the question is to be closed by it. */
  readonly onBack: () => void;
  readonly onInterrupt: () => void;
}): ReactElement {
  const { question, asker, step, place, clock, onBack, onInterrupt } = props;
  const theme = useTheme();
  const tick = useTick(clock, 160, question.busy);

  const keys = (): KeyTable => {
    if (question.busy) return { bindings: [] };
    return {
      bindings: [
        { keys: ['enter'], label: 'unlock', pinned: true, run: () => asker.submit() },
        { keys: ['esc'], label: 'back', pinned: true, run: onBack },
        ...eachKey(
          ['left', 'right', 'home', 'end'],
          { shown: '←→', label: 'move in the text', hidden: true },
          (press) => asker.edit(press),
        ),
        {
          keys: ['ctrl+u'],
          label: 'clear',
          help: 'Delete what is before the cursor',
          run: () => asker.edit({ name: 'ctrl+u', text: '' }),
        },
      ],
      onKey: (press) => asker.edit(press),
    };
  };

  return (
    <Screen
      step={step}
      place={place}
      title="Passphrase"
      about={`The private key ${sanitise(question.label)} is encrypted. It is unlocked for this run of kubecore.`}
      help={HELP}
      keys={keys}
      typing={() => true}
      onInterrupt={onInterrupt}
    >
      {({ width }) => {
        const look = { width: width - LABEL.length, focused: !question.busy, theme };
        const said = question.busy
          ? [`${spinner(tick)} Unlocking`]
          : question.attempt > 1
            ? prose('✗ That was not it. Give it once more.', width, theme, 'bad', 2)
            : [];
        const field = `${theme.paint('dim', LABEL)}${fieldText(question.mask, look)}`;
        return <Lines lines={said.length > 0 ? [field, '', ...said] : [field]} />;
      }}
    </Screen>
  );
}
