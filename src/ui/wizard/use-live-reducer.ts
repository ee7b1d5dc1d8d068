/**
 * Owns a reducer whose newest state can be read at once: several keys may come in one packet, before React has drawn
 * the first of them, and late answers must meet the state as it is, not as it was drawn.
 */
import { useCallback, useRef, useState } from 'react';

export interface LiveReducer<S, A> {
  /** As drawn. */
  readonly state: S;
  /** As it is now. */
  latest(): S;
  dispatch(action: A): void;
}

export function useLiveReducer<S, A>(
  reduce: (state: S, action: A) => S,
  initial: () => S,
): LiveReducer<S, A> {
  const [state, setState] = useState(initial);
  const live = useRef(state);
  const latest = useCallback(() => live.current, []);
  const dispatch = useCallback(
    (action: A) => {
      const next = reduce(live.current, action);
      if (next === live.current) return;
      live.current = next;
      setState(next);
    },
    [reduce],
  );
  return { state, latest, dispatch };
}
