/** Owns giving actions other keys than their own. Pure. */
import { CONSOLE_ACTIONS } from '../../cluster/console-settings.ts';
import { type Binding, shownKeys } from './bindings.ts';

/**
 * The bindings with the keys that `keys` (action → key) gives to their actions. A key given away works no more for what had it,
 * and `Ctrl-C` always quits.
 */
export function remapped(
  bindings: readonly Binding[],
  keys: Readonly<Record<string, string>>,
): readonly Binding[] {
  const given = new Set(bindings.flatMap(({ action }) => (action && keys[action] ? [keys[action]] : [])));
  if (given.size === 0) return bindings;
  return bindings.flatMap((binding): Binding[] => {
    const own = binding.action === undefined ? undefined : keys[binding.action];
    if (own !== undefined) {
      const kept = binding.keys.filter((key) => key === 'ctrl+c');
      const { shown: _, ...rest } = binding;
      return [
        {
          ...rest,
          keys: [own, ...kept],
          ...(kept.length > 0 ? { shown: shownKeys({ ...rest, keys: [own] }) } : {}),
        },
      ];
    }
    const left = binding.keys.filter((key) => !given.has(key));
    if (left.length === binding.keys.length) return [binding];
    if (left.length === 0) return [];
    const { shown: _, ...rest } = binding;
    return [{ ...rest, keys: left }];
  });
}

/** Names in `keys` that no binding has, here or in another pane: mistakes that a config file's reader would tell. */
export function unknownActions(
  bindings: readonly Binding[],
  keys: Readonly<Record<string, string>>,
): readonly string[] {
  const known = new Set([...CONSOLE_ACTIONS, ...bindings.map(({ action }) => action)]);
  return Object.keys(keys).filter((action) => !known.has(action));
}
