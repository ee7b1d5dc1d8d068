/** Owns the first screen when there are clusters: open one, launch another, quit. */
import { Box } from 'ink';
import { type ReactElement, useState } from 'react';
import { eachKey } from './keys/bindings.ts';
import { idOf, type KnownCluster, statusWords } from './known-clusters.ts';
import { sanitise } from './sanitise.ts';
import type { Backend } from './services.ts';
import { CHOICE_KEYS, Choice, type ChoiceItem, moveChoice } from './widgets/choice.tsx';
import { Screen } from './wizard/screen.tsx';
import { placeOf } from './wizard/step-props.ts';
import { useLiveReducer } from './wizard/use-live-reducer.ts';

const HELP = [
  'The clusters that kubecore launched here: stacks of Kubernetes, fleets, single machines. Opening one connects to its master, or to its first machine, by SSH and shows what runs there live.',
];

export function HomeScreen(props: {
  readonly clusters: readonly KnownCluster[];
  /** The cluster that was opened last: the cursor is on it. */
  readonly selected: string | null;
  readonly backend: Backend | null;
  readonly onOpen: (cluster: KnownCluster) => void;
  readonly onLaunch: () => void;
  readonly onQuit: () => void;
  readonly onInterrupt: () => void;
}): ReactElement {
  const { clusters, backend, onOpen, onLaunch, onQuit, onInterrupt } = props;
  const items: readonly ChoiceItem[] = [
    ...clusters.map((cluster) => ({
      value: idOf(cluster),
      label: sanitise(cluster.name),
      note: noteOf(cluster),
    })),
    { value: 'launch', label: 'Launch another cluster' },
    { value: 'quit', label: 'Quit' },
  ];
  const values = items.map((item) => item.value);
  const [first] = useState(() => values.find((value) => value === props.selected) ?? values[0]!);
  const {
    state: chosen,
    latest,
    dispatch,
  } = useLiveReducer(
    (_: string, next: string) => next,
    () => first,
  );

  // What was chosen may be gone by the time that the list was asked for anew.
  const here = (value: string): string => (values.includes(value) ? value : values[0]!);
  const act = (): void => {
    const now = here(latest());
    const cluster = clusters.find((one) => idOf(one) === now);
    if (cluster) onOpen(cluster);
    else if (now === 'launch') onLaunch();
    else onQuit();
  };

  return (
    <Screen
      step={-1}
      place={placeOf(backend)}
      title="Clusters"
      about={aboutOf(clusters.length)}
      help={HELP}
      keys={() => ({
        bindings: [
          { keys: ['enter'], label: 'choose', pinned: true, run: act },
          ...eachKey(CHOICE_KEYS, { shown: '↑↓', label: 'move' }, (press) =>
            dispatch(moveChoice(values, here(latest()), press)),
          ),
          { keys: ['n'], label: 'launch another', run: onLaunch },
          { keys: ['q'], label: 'quit', pinned: true, run: onQuit },
        ],
      })}
      onInterrupt={onInterrupt}
    >
      {({ width, height }) => (
        <Box flexDirection="column">
          <Choice items={items} selected={here(chosen)} width={width} limit={Math.max(3, height)} />
        </Box>
      )}
    </Screen>
  );
}

function aboutOf(count: number): string {
  if (count === 0) return 'No cluster is here.';
  return count === 1 ? 'One cluster is here.' : `${count} clusters are here.`;
}

function noteOf(cluster: KnownCluster): string {
  const status = statusWords(cluster.status);
  if (status !== null) return `${status}, ${cluster.region}`;
  const { blueprint, size } = cluster;
  const many = (one: string): string => `${size} ${one}${size === 1 ? '' : 's'}`;
  const what = { kubernetes: many('minion'), fleet: `fleet of ${many('machine')}`, single: 'single machine' };
  const way = blueprint === 'kubernetes' ? 'master' : 'way in';
  const master = cluster.master ? `${way} ${sanitise(cluster.master.address)}` : `no ${way} known`;
  return `${cluster.region}, ${what[blueprint]}, ${master}`;
}
