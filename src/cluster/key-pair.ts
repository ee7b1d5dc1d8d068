/** Owns which EC2 key pair a launch uses, and that a private key at hand belongs to it. */
import { inputError, type KubecoreError } from './errors.ts';
import type { Cloud, KeyPair, PrivateKeyFound } from './ports.ts';

/** What the article calls its key pair. */
export const USUAL_KEY_PAIR = 'coreos';

export interface KeyPairQuestion {
  readonly cloud: Pick<Cloud, 'keyPairs' | 'region'>;
  /** null: none was named, so the article's. */
  readonly keyPair: string | null;
  /** The private key that belongs to a key pair, null when none is at hand. */
  readonly findKey: (pair: KeyPair) => Promise<PrivateKeyFound | null>;
  /** Of suggested commands: `--region eu-west-1`. */
  readonly flags: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * The key pair and its private key, or, where EC2 has no such pair, what to tell about that.
 * @throws KubecoreError (input) when no private key at hand belongs to the pair
 */
export async function findKeyPair(
  question: KeyPairQuestion,
): Promise<{ pair: KeyPair; key: PrivateKeyFound } | { missing: string; error: KubecoreError }> {
  const { cloud, keyPair, findKey, flags, signal } = question;
  const name = keyPair ?? USUAL_KEY_PAIR;
  const pairs = await cloud.keyPairs(signal);
  const pair = pairs.find((candidate) => candidate.name === name);
  if (pair === undefined) return { missing: name, error: notThere(question, name, pairs) };
  const key = await findKey(pair);
  if (key !== null) return { pair, key };
  throw inputError(
    `no private key on this computer belongs to the key pair "${name}"`,
    `none in the usual places or the ssh-agent has EC2's fingerprint ${pair.fingerprint}`,
    `give it with --identity FILE, choose another pair with --key-pair, or create one: ${create(`${name}-2`, flags)}`,
  );
}

const create = (name: string, flags: readonly string[]): string =>
  ['kubecore keys create', name, ...flags].join(' ');

function notThere(
  { cloud, keyPair, flags }: KeyPairQuestion,
  name: string,
  pairs: readonly KeyPair[],
): KubecoreError {
  const there = pairs.map((candidate) => candidate.name);
  return inputError(
    keyPair === null ? 'a launch needs a key pair' : `there is no key pair "${name}" in ${cloud.region}`,
    there.length === 0 ? `${cloud.region} has none` : `${cloud.region} has ${there.join(', ')}`,
    there.length === 0
      ? `create it: ${create(name, flags)}`
      : `give one with --key-pair, or create it: ${create(name, flags)}`,
  );
}
