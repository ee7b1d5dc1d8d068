/** Owns the list of clusters while the program runs: what home shows, asked for anew whenever home does. */
import { type Dispatch, type SetStateAction, useEffect, useRef, useState } from 'react';
import type { Clock } from '../cluster/ports.ts';
import { askForClusters, type KnownCluster } from './known-clusters.ts';
import type { Backend } from './services.ts';

/** Between two looks at clusters that are being launched or deleted, while home shows. */
const HOME_POLL_MS = 5_000;

export function useKnownClusters(options: {
  /** Known as the program begins. */
  readonly clusters: readonly KnownCluster[];
  /** They were asked for just now, for home. */
  readonly fresh: boolean;
  /** Where home's clusters are; null while home does not show. */
  readonly watched: Backend | null;
  readonly clock: Clock;
}): readonly [readonly KnownCluster[], Dispatch<SetStateAction<readonly KnownCluster[]>>] {
  const { clusters, watched, clock } = options;
  const [known, setKnown] = useState(clusters);
  const fresh = useRef(options.fresh ? clusters : null);
  useEffect(() => {
    if (watched === null) return;
    const ending = new AbortController();
    const { signal } = ending;
    void (async () => {
      try {
        let found = fresh.current;
        fresh.current = null;
        for (;;) {
          if (found === null) {
            found = await askForClusters(watched.cloud, signal);
            if (signal.aborted) return;
            setKnown(found);
          }
          if (!found.some(({ status }) => status?.endsWith('_IN_PROGRESS'))) return;
          await clock.sleep(HOME_POLL_MS, signal);
          found = null;
        }
      } catch {
        // The list stays as it was known; opening one says what is wrong.
      }
    })();
    return () => ending.abort();
  }, [watched, clock]);
  return [known, setKnown];
}
