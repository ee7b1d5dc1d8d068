/**
 * Owns screens whose code comes after the first paint: nothing that the first frame does not need is loaded before it.
 * Unlike React.lazy, a screen that is loaded already is drawn at once, without a blank frame between.
 */
import { type ComponentType, createElement, type ReactElement, useEffect, useState } from 'react';

export interface LaterScreen<P extends object> {
  (props: P): ReactElement | null;
  /** Loads the code now; harmless when it is there. */
  preload(): Promise<unknown>;
}

/** A component that loads itself: drawn at once when it was preloaded, else as soon as it is there. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): LaterScreen<P> {
  let loaded: ComponentType<P> | null = null;
  let loading: Promise<ComponentType<P>> | null = null;
  const preload = (): Promise<ComponentType<P>> => {
    loading ??= load().then((component) => {
      loaded = component;
      return component;
    });
    return loading;
  };
  // biome-ignore lint/correctness/noComponentHookFactories: called at module level only, once for each screen
  function Later(props: P): ReactElement | null {
    const [component, setComponent] = useState(() => loaded);
    const [failure, setFailure] = useState<unknown>(null);
    useEffect(() => {
      if (component) return;
      let gone = false;
      preload().then(
        (found) => {
          // A component is a function: without the arrow React would call it as an updater.
          if (!gone) setComponent(() => found);
        },
        (error: unknown) => {
          if (!gone) setFailure(error);
        },
      );
      return () => {
        gone = true;
      };
    }, [component]);
    if (failure !== null) throw failure;
    return component ? createElement(component, props) : null;
  }
  Later.preload = preload;
  return Later;
}
