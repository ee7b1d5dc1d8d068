/** Owns choosing the key pair of a launch without the wizard, and finding the private key that goes with it. */
import { inputError } from '../cluster/errors.ts';
import type { Parameters } from '../cluster/parameters.ts';
import type { ChosenBackend } from './backend.ts';
import { createKeyPair } from './commands/keys.ts';
import type { Context } from './context.ts';

export interface KeyChoice {
  readonly keyPair: string;
  /** null: the key is in the ssh-agent. */
  readonly identityFile: string | null;
}

/** What the article calls its key pair. */
export const USUAL_KEY_PAIR = 'coreos';

/**
 * The key pair and its private key. In the sandbox, which costs nothing, a missing `coreos` is created; on AWS nothing is
 * created that was not asked for.
 * @throws KubecoreError (input) when the pair is not there, or no private key at hand matches it
 */
export async function chooseKeyPair(
  context: Context,
  backend: ChosenBackend,
  parameters: Parameters,
): Promise<KeyChoice> {
  const { identity } = context.options;
  const flags = backend.flags.map((flag) => ` ${flag}`).join('');
  const name = parameters.keyPair ?? USUAL_KEY_PAIR;
  const pairs = await backend.cloud.keyPairs(context.guards.signal);
  const pair = pairs.find((candidate) => candidate.name === name);
  if (!pair) {
    if (backend.kind === 'sandbox' && parameters.keyPair === null) {
      const created = await createKeyPair(backend, name, context.guards.signal);
      context.io.note(`created the key pair ${name}; its private key is ${created.path}`);
      return { keyPair: name, identityFile: created.path };
    }
    const there = pairs.map((candidate) => candidate.name);
    throw inputError(
      parameters.keyPair === null
        ? 'a launch needs a key pair'
        : `there is no key pair "${name}" in ${backend.region}`,
      there.length === 0 ? `${backend.region} has none` : `${backend.region} has ${there.join(', ')}`,
      there.length === 0
        ? `create it: kubecore keys create ${name}${flags}`
        : `give one with --key-pair, or create it: kubecore keys create ${name}${flags}`,
    );
  }
  const found = await backend.local.findPrivateKey(pair, identity);
  if (!found) {
    throw inputError(
      `no private key on this computer belongs to the key pair "${name}"`,
      `none of ~/.ssh, ${backend.local.privateKeyPath(name)} and the ssh-agent has EC2's fingerprint ${pair.fingerprint}`,
      `give it with --identity FILE, or choose another pair with --key-pair`,
    );
  }
  return { keyPair: name, identityFile: found.path };
}
