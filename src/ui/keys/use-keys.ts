/** Owns the hook between the terminal's keys and a table of bindings. */
import type { EventEmitter } from 'node:events';
import { useStdin } from 'ink';
import { createContext, useContext, useLayoutEffect, useRef } from 'react';
import { type Binding, findBinding, type KeyPress } from './bindings.ts';
import { keystrokeReader } from './reader.ts';

export interface KeyTable {
  readonly bindings: readonly Binding[];
  /** There exactly while a text can be typed: gets every key that no binding has, and what is pasted. */
  readonly onKey?: (press: KeyPress) => void;
}

type Listener = (press: KeyPress) => void;

/** What Ctrl-Z does: stops the program until the user's shell brings it back. null where that cannot be. */
export const StopContext = createContext<(() => void) | null>(null);

/** One reader for each Ink, whichever screens listen: a paste may last longer than the screen on which it began. */
const inputs = new WeakMap<EventEmitter, Set<Listener>>();

function listenersOf(events: EventEmitter): Set<Listener> {
  const known = inputs.get(events);
  if (known) return known;
  const listeners = new Set<Listener>();
  const read = keystrokeReader();
  events.on('input', (event: string) => {
    for (const press of read(event)) for (const listener of [...listeners]) listener(press);
  });
  inputs.set(events, listeners);
  return listeners;
}

/**
 * Runs what the keys mean. `table` is asked again for every key, since several may come in one packet and the first
 * may change what the second means; it must read its state from a ref or a reducer's newest value.
 */
export function useKeys(table: () => KeyTable): void {
  const { setRawMode, internal_eventEmitter: events } = useStdin();
  const newest = useRef(table);
  newest.current = table;
  const stop = useContext(StopContext);
  // In the commit that draws the screen: a key pressed on what is seen must not come before its listener.
  useLayoutEffect(() => {
    setRawMode(true);
    const listeners = listenersOf(events);
    const listen = (press: KeyPress): void => {
      if (press.name === 'ctrl+z' && stop !== null) {
        stop();
        return;
      }
      const { bindings, onKey } = newest.current();
      if (press.beforeText && onKey) return;
      const binding = findBinding(bindings, press.name);
      if (binding) binding.run(press.name);
      else onKey?.(press);
    };
    listeners.add(listen);
    return () => {
      listeners.delete(listen);
      setRawMode(false);
    };
  }, [setRawMode, events, stop]);
}
