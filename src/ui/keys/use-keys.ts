/** Owns the hook between Ink's input and a table of bindings. */
import { useInput } from 'ink';
import { useRef } from 'react';
import { type Binding, findBinding, keyPresses } from './bindings.ts';

export interface KeyTable {
  readonly bindings: readonly Binding[];
  /** Gets what is typed and bound to nothing; a text field's. */
  readonly onText?: (text: string) => void;
}

/**
 * Runs the bindings that the keys mean. `table` is asked again for every key, since several keys may come in one event and
 * the first may change what the second means.
 */
export function useKeys(table: () => KeyTable, options: { readonly isActive?: boolean } = {}): void {
  const latest = useRef(table);
  latest.current = table;
  const handler = useRef((input: string, key: Parameters<typeof keyPresses>[1]) => {
    for (const press of keyPresses(input, key)) {
      const { bindings, onText } = latest.current();
      const binding = findBinding(bindings, press.name);
      if (binding) binding.run(press.name);
      else if (press.text !== '') onText?.(press.text);
    }
  });
  useInput(handler.current, { isActive: options.isActive ?? true });
}
