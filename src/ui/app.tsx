/**
 * Owns the program on the screen: home, setup, launch, console, and the ways between them. It never exits the process:
 * it says how it ended.
 */
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { asKubecoreError, EXIT } from '../cluster/errors.ts';
import { launchIdOf } from '../cluster/identity.ts';
import type { LaunchPlan } from '../cluster/launch-contract.ts';
import type { Cluster } from '../cluster/model.ts';
import { DEFAULTS, type Parameters } from '../cluster/parameters.ts';
import type { Stack } from '../cluster/ports.ts';
import type { ExitResult } from './exit-result.ts';
import { HomeScreen } from './home-screen.tsx';
import { askForClusters, idOf, type KnownCluster, standingOf, withCluster } from './known-clusters.ts';
import { later } from './later.tsx';
import type { Backend, Services, Session } from './services.ts';
import { onForcedEnd } from './terminal/last-words.ts';
import { useKnownClusters } from './use-known-clusters.ts';
import { answered, type PassphraseQuestion, passphraseAsker } from './widgets/passphrase.ts';
import { findKey, keyPairWork } from './wizard/key-pair-work.ts';
import { initialWizard, reduceWizard } from './wizard/state.ts';
import { placeOf } from './wizard/step-props.ts';
import { useLiveReducer } from './wizard/use-live-reducer.ts';
import { LATER_STEPS, lastWord, Wizard } from './wizard/wizard.tsx';

export type { ExitResult } from './exit-result.ts';

const LaunchScreen = later(async () => (await import('./launch/launch-screen.tsx')).LaunchScreen);
const PassphraseScreen = later(async () => (await import('./passphrase-screen.tsx')).PassphraseScreen);
const OpeningScreen = later(async () => (await import('./launch/opening-screen.tsx')).OpeningScreen);
const StandingScreen = later(async () => (await import('./standing-screen.tsx')).StandingScreen);
const Console = later(async () => (await import('./console/console.tsx')).Console);

/** So long after the first paint the rest is loaded, so that it is there when a person comes to it. */
const PRELOAD_MS = 50;

/** So long a look at what a failed launch left may take. */
const LOOK_MS = 5_000;

export interface AppInitial {
  readonly screen: 'wizard' | 'home' | 'console';
  /** What the command line said, over the backend's defaults. */
  readonly parameters: Parameters;
  /** Opened at once with `console`. */
  readonly cluster?: Cluster;
  /** --identity. */
  readonly identityFile?: string | null;
}

export interface AppProps {
  readonly services: Services;
  readonly initial: AppInitial;
  /** Clusters that are there already, for the home screen. */
  readonly clusters?: readonly KnownCluster[];
  readonly onExit: (result: ExitResult) => void;
}

type Place =
  | { readonly at: 'home' }
  | { readonly at: 'wizard' }
  | { readonly at: 'launch'; readonly plan: LaunchPlan; readonly identityFile: string | null }
  /** A cluster that cannot just be opened. */
  | { readonly at: 'standing'; readonly cluster: Cluster }
  | { readonly at: 'opening'; readonly cluster: Cluster; readonly identityFile: string | null }
  | { readonly at: 'console'; readonly session: Session };

const defaultsOf = (backend: Backend | null): Parameters => ({ ...DEFAULTS, ...backend?.defaults });

export function App({ services, initial, clusters = [], onExit }: AppProps): ReactElement {
  const identity = initial.identityFile ?? null;
  const [backend, setBackend] = useState(services.backend);
  const defaults = useMemo(() => defaultsOf(backend), [backend]);
  const [visited, setVisited] = useState<string | null>(null);
  const [place, setPlace] = useState<Place>(() => firstPlace(initial, clusters));
  const [known, setKnown] = useKnownClusters({
    clusters,
    fresh: initial.screen === 'home',
    watched: place.at === 'home' ? backend : null,
    clock: services.clock,
  });
  const wizard = useLiveReducer(reduceWizard, () =>
    initialWizard(initial.parameters, defaultsOf(services.backend), services.backend?.flags ?? []),
  );
  const work = useMemo(
    () =>
      backend === null
        ? null
        : keyPairWork({
            cloud: backend.cloud,
            local: () => services.local,
            unlock: services.unlock,
            identityFile: identity,
            state: () => wizard.latest().keyPair,
            dispatch: (action) => wizard.dispatch({ type: 'key-pair', action }),
          }),
    [backend, services, identity, wizard.latest, wizard.dispatch],
  );

  const [question, setQuestion] = useState<PassphraseQuestion | null>(null);
  const asker = useMemo(() => passphraseAsker(setQuestion), []);
  const ended = useRef(false);
  const exit = useCallback(
    (result: ExitResult) => {
      if (ended.current) return;
      ended.current = true;
      onExit(result);
    },
    [onExit],
  );

  useEffect(() => {
    if (work === null) return;
    return onForcedEnd(async () => {
      const rescued = await work.rescue();
      const { keyPair } = wizard.latest();
      return rescued ?? (keyPair.mode.type === 'list' ? null : lastWord(keyPair));
    });
  }, [work, wizard.latest]);

  const changeBackend = (next: Backend): void => {
    setBackend(next);
    // Those of the old backend are not here.
    if (next !== backend) setKnown([]);
    wizard.dispatch({
      type: 'form',
      action: { type: 'defaults', defaults: defaultsOf(next), flags: next.flags },
    });
    wizard.dispatch({ type: 'key-pair', action: { type: 'look' } });
  };

  useEffect(() => {
    const timer = setTimeout(async () => {
      for (const screen of [
        ...LATER_STEPS,
        LaunchScreen,
        OpeningScreen,
        Console,
        StandingScreen,
        PassphraseScreen,
      ])
        await screen.preload();
    }, PRELOAD_MS);
    return () => clearTimeout(timer);
  }, []);

  const session = place.at === 'console' ? place.session : null;
  useEffect(() => {
    if (!session) return;
    return () => void session.close().catch(() => {});
  }, [session]);

  const opened = useCallback(
    (next: Session) => {
      setKnown((all) => withCluster(all, next.cluster));
      setVisited(idOf(next.cluster));
      setPlace({ at: 'console', session: next });
    },
    [setKnown],
  );

  const takeUp = async (stack: Stack): Promise<void> => {
    if (backend === null) return;
    const { keyPair } = wizard.latest();
    // From home nobody has asked for the pairs yet.
    const pairs =
      keyPair.pairs.status === 'known' ? keyPair.pairs.value : await backend.cloud.keyPairs().catch(() => []);
    const pair = pairs.find(({ name }) => name === stack.parameters.KeyPair);
    const chosen =
      keyPair.chosen && keyPair.chosen.name === stack.parameters.KeyPair ? keyPair.chosen.identityFile : null;
    // Without a key here, the launch itself says at its SSH step what is missing.
    const found =
      pair && chosen === null ? await findKey(services.local, pair, identity).catch(() => null) : null;
    const { planOfStack } = await import('../render/plan.ts');
    const running =
      launchIdOf(stack.id) === null ? await backend.cloud.stackTemplate(stack.id).catch(() => null) : null;
    const plan = planOfStack(stack, backend.region, services.version ?? 'unknown', running);
    const identityFile = chosen ?? found?.path ?? null;
    // Asked for here: a launch that waits for its nodes has nobody to ask.
    if (await answered(asker, (ask) => services.unlock(identityFile, ask)))
      setPlace({ at: 'launch', plan, identityFile });
    else if (place.at === 'standing') setPlace({ at: 'home' });
  };

  if (question !== null) {
    return (
      <PassphraseScreen
        question={question}
        asker={asker}
        step={4}
        place={placeOf(backend)}
        clock={services.clock}
        onBack={asker.close}
        onInterrupt={() => exit({ exitCode: EXIT.interrupted })}
      />
    );
  }

  if (place.at === 'home') {
    return (
      <HomeScreen
        clusters={known}
        selected={visited}
        backend={backend}
        onOpen={(cluster) => {
          setVisited(idOf(cluster));
          setPlace(
            standingOf(cluster.status) === 'there'
              ? { at: 'opening', cluster, identityFile: identity }
              : { at: 'standing', cluster },
          );
        }}
        onLaunch={() => setPlace({ at: 'wizard' })}
        onQuit={() => exit({ exitCode: EXIT.done })}
        onInterrupt={() => exit({ exitCode: EXIT.interrupted })}
      />
    );
  }
  if (place.at === 'standing' && backend) {
    const { cluster } = place;
    return (
      <StandingScreen
        services={services}
        backend={backend}
        cluster={cluster}
        onOpen={() => setPlace({ at: 'opening', cluster, identityFile: identity })}
        onTakeUp={takeUp}
        onBack={() => setPlace({ at: 'home' })}
        onExit={exit}
      />
    );
  }
  if (place.at === 'launch' && backend) {
    return (
      <LaunchScreen
        services={services}
        backend={backend}
        plan={place.plan}
        identityFile={place.identityFile}
        onHealthy={(cluster) => setPlace({ at: 'opening', cluster, identityFile: place.identityFile })}
        onExit={exit}
        onParameters={() => {
          // What the launch left behind is there to go back to.
          void askForClusters(backend.cloud, AbortSignal.timeout(LOOK_MS)).then(setKnown, () => {});
          wizard.dispatch({ type: 'to-parameters' });
          setPlace({ at: 'wizard' });
        }}
      />
    );
  }
  if (place.at === 'opening' && backend) {
    const back = known.length > 0 ? () => setPlace({ at: 'home' }) : undefined;
    return (
      <OpeningScreen
        services={services}
        backend={backend}
        cluster={place.cluster}
        identityFile={place.identityFile}
        onOpened={opened}
        onExit={exit}
        {...(back ? { onBack: back } : {})}
      />
    );
  }
  if (place.at === 'console' && backend) {
    return (
      <Console
        session={place.session}
        backend={backend}
        clock={services.clock}
        onQuit={() => exit({ exitCode: EXIT.done })}
        onBack={() => setPlace({ at: 'home' })}
      />
    );
  }
  return (
    <Wizard
      services={services}
      wizard={wizard}
      backend={backend}
      work={work}
      defaults={defaults}
      onBackend={changeBackend}
      onLaunch={(plan, key) => setPlace({ at: 'launch', plan, identityFile: key.identityFile })}
      onTakeUp={(stack) =>
        takeUp(stack).catch((thrown: unknown) =>
          wizard.dispatch({
            type: 'form',
            action: { type: 'take-up-failed', error: asKubecoreError(thrown) },
          }),
        )
      }
      onExit={exit}
      {...(known.length > 0 ? { onBack: () => setPlace({ at: 'home' }) } : {})}
    />
  );
}

function firstPlace(initial: AppInitial, clusters: readonly Cluster[]): Place {
  if (initial.screen === 'console' && initial.cluster) {
    return { at: 'opening', cluster: initial.cluster, identityFile: initial.identityFile ?? null };
  }
  return initial.screen === 'home' && clusters.length > 0 ? { at: 'home' } : { at: 'wizard' };
}
