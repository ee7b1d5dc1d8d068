/** Owns the private keys that were unlocked in this process: all of a command's shells, and its search for keys, share them. */
import type { Unlocked } from '../ssh/keyring.ts';
import type { Context } from './context.ts';

const unlockedKeys = new WeakMap<Context, Unlocked>();

/** The keys that a person gave the passphrase of, by path. */
export function unlocked(context: Context): Unlocked {
  const known = unlockedKeys.get(context) ?? new Map();
  unlockedKeys.set(context, known);
  return known;
}
