/**
 * Owns what step 2 does outside: lists the region's key pairs, looks for their private keys, unlocks the chosen one, creates a
 * pair and saves its private key before anything else. The private key stays in a closure, never in a state, and is let go once saved.
 */
import { asKubecoreError, inputError, type KubecoreError } from '../../cluster/errors.ts';
import { takeBack } from '../../cluster/key-creation.ts';
import type { Cloud, CreatedKeyPair, KeyPair, Local, PrivateKeyFound } from '../../cluster/ports.ts';
import type { Services } from '../services.ts';
import { answered, type PassphraseAsker, passphraseAsker } from '../widgets/passphrase.ts';
import type { KeyPairAction, KeyPairState } from './key-pair-state.ts';
import { freeName, keyOf, nameProblem } from './key-pair-state.ts';
import { failed, known } from './look.ts';

export interface KeyPairWork {
  /** Asks for the list, then for each pair's private key. */
  look(signal: AbortSignal): Promise<void>;
  /** Creates and saves. Never cancelled half-way: the private key exists once only. */
  create(name: string): Promise<void>;
  /** Saves what `create` could not, under another name perhaps. */
  saveAgain(fileName: string): Promise<void>;
  /** Takes a pair whose private key is at hand; an encrypted one is unlocked first. Explains what stands in the way. */
  choose(name: string): Promise<void>;
  /** The question for an encrypted key's passphrase. */
  readonly passphrase: PassphraseAsker;
  /** Finds whose private key is in the file. */
  match(path: string, pair: string | null): Promise<void>;
  /**
   * The program has to end now: saves a key that is in memory alone, under whatever name is free, or deletes the pair that
   * nobody could use.
   * @returns what to tell the user, null when there was nothing to save
   */
  rescue(): Promise<string | null>;
  /** Resolves once no key is being created or saved: the program must not end before. */
  idle(): Promise<void>;
}

/** Names for the file of a key that has to be saved at once. */
const RESCUE_TRIES = 5;

export function keyPairWork(ports: {
  readonly cloud: Cloud;
  readonly local: () => Local;
  readonly unlock: Services['unlock'];
  /** --identity: sought before other places. */
  readonly identityFile: string | null;
  readonly state: () => KeyPairState;
  readonly dispatch: (action: KeyPairAction) => void;
}): KeyPairWork {
  const { cloud, local, unlock, identityFile, state, dispatch } = ports;
  const passphrase = passphraseAsker((question) => dispatch({ type: 'passphrase', question }));
  let unsaved: CreatedKeyPair | null = null;
  let underway: Promise<void> = Promise.resolve();

  const find = async (pair: KeyPair): Promise<void> => {
    try {
      dispatch({ type: 'key', name: pair.name, key: known(await findKey(local(), pair, identityFile)) });
    } catch (error) {
      dispatch({ type: 'key', name: pair.name, key: failed(asKubecoreError(error)) });
    }
  };

  const save = async (fileName: string): Promise<void> => {
    if (unsaved === null) return;
    const { material, ...pair } = unsaved;
    try {
      const path = await local().savePrivateKey(fileName, material);
      unsaved = null;
      dispatch({ type: 'saved', pair, path });
    } catch (error) {
      dispatch({ type: 'unsaved', name: pair.name, error: asKubecoreError(error) });
    }
  };

  const guarded = (work: () => Promise<void>): Promise<void> => {
    underway = work();
    return underway;
  };

  /**
   * The key, and whether it is the pair's, with its passphrase out of the way; null when the person gave none.
   * @throws KubecoreError (input) when it is another pair's
   */
  const unlocked = async (pair: KeyPair, path: string): Promise<PrivateKeyFound | null> => {
    const given = await answered(passphrase, (ask) => unlock(path, ask));
    return given ? local().findPrivateKey(pair, path) : null;
  };

  let choosing = false;
  const choose = async (name: string): Promise<void> => {
    const list = state().pairs;
    const pair = list.status === 'known' ? list.value.find((one) => one.name === name) : undefined;
    const found = keyOf(state(), name);
    if (pair === undefined || found === null) {
      dispatch({ type: 'explain', name });
      return;
    }
    try {
      const key = found.encrypted && found.path !== null ? await unlocked(pair, found.path) : found;
      if (key === null) return;
      dispatch({ type: 'key', name, key: known(key) });
      const typed = state().typed.includes(name);
      dispatch({ type: 'choose', key: { name, identityFile: key.path, label: key.label, typed } });
    } catch (error) {
      dispatch({ type: 'key', name, key: failed(asKubecoreError(error)) });
      dispatch({ type: 'explain', name });
    }
  };

  return {
    passphrase,
    async choose(name) {
      // Enter may be pressed again while the ssh-agent is asked.
      if (choosing) return;
      choosing = true;
      await choose(name).finally(() => (choosing = false));
    },
    idle: () => underway,
    async rescue() {
      // EC2's answer, should it still be awaited, may never come.
      if (unsaved !== null) await underway;
      const tried: string[] = [];
      while (unsaved !== null && tried.length < RESCUE_TRIES) {
        const { name } = unsaved;
        tried.push(freeName(name, tried));
        await save(tried.at(-1) ?? name);
        const path = state().created.find((one) => one.name === name)?.path;
        if (path) return `the private key of "${name}" was saved as ${path}`;
      }
      const lost = unsaved?.name;
      if (lost === undefined) return null;
      return `the private key of "${lost}" could not be saved; ${await takeBack(cloud, lost)}`;
    },
    async look(signal) {
      dispatch({ type: 'look' });
      try {
        const pairs = await cloud.keyPairs(signal);
        if (signal.aborted) return;
        dispatch({ type: 'pairs', pairs: known(pairs) });
        await Promise.all(pairs.map(find));
      } catch (error) {
        if (!signal.aborted) dispatch({ type: 'pairs', pairs: failed(asKubecoreError(error)) });
      }
    },
    async create(name) {
      const wrong = nameProblem(state(), name);
      if (wrong) {
        dispatch({ type: 'refused', error: wrong });
        return;
      }
      await guarded(async () => {
        try {
          dispatch({ type: 'busy', with: 'checking' });
          await local().checkPrivateKeyPath?.(name);
          dispatch({ type: 'busy', with: 'creating' });
          unsaved = await cloud.createKeyPair(name);
        } catch (error) {
          dispatch({ type: 'refused', error: asKubecoreError(error) });
          return;
        }
        dispatch({ type: 'busy', with: 'saving' });
        await save(name);
      });
    },
    async saveAgain(fileName) {
      dispatch({ type: 'busy', with: 'saving' });
      await guarded(() => save(fileName));
    },
    async match(path, name) {
      const list = state().pairs;
      const pairs =
        list.status === 'known' ? list.value.filter((pair) => name === null || pair.name === name) : [];
      dispatch({ type: 'busy', with: 'path' });
      const errors: KubecoreError[] = [];
      for (const pair of pairs) {
        try {
          let key = await local().findPrivateKey(pair, path);
          if (key?.unproved && key.path !== null) {
            key = await unlocked(pair, key.path);
            if (key === null) return;
            dispatch({ type: 'busy', with: 'path' });
          }
          if (key !== null) {
            dispatch({ type: 'matched', name: pair.name, key });
            return;
          }
        } catch (error) {
          errors.push(asKubecoreError(error));
        }
      }
      dispatch({ type: 'refused', error: unmatched(errors, path, pairs.length) });
    },
  };
}

/** Why a file is no pair's key: what is wrong with the file itself comes before that it is another key. */
function unmatched(errors: readonly KubecoreError[], path: string, count: number): KubecoreError {
  const [first] = errors;
  const mismatched = errors.some((error) => error.code === 'KeyMismatch');
  const other = errors.find((error) => error.code !== 'KeyMismatch');
  if (mismatched && other) return other;
  // Of the file: every pair fails for the same reason.
  if (first && errors.every((error) => error.why === first.why)) return first;
  return inputError(
    `the key in ${path} belongs to none of these key pairs`,
    count === 0 ? 'there is none in this region' : `it was compared with all ${count} of them`,
    'type another path, or create a new key pair',
  );
}

/** A pair's private key: the file that --identity names when it fits, else wherever it is found. */
export async function findKey(local: Local, pair: KeyPair, identityFile: string | null) {
  if (identityFile !== null) {
    try {
      const found = await local.findPrivateKey(pair, identityFile);
      if (found !== null) return found;
    } catch {
      // --identity is another pair's key: this one's may still be at hand.
    }
  }
  return local.findPrivateKey(pair);
}
