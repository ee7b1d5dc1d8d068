/** Owns choosing the key pair of a launch without the wizard, and finding the private key that goes with it. */
import { findKeyPair } from '../cluster/key-pair.ts';
import type { Parameters } from '../cluster/parameters.ts';
import type { ChosenBackend } from './backend.ts';
import { createKeyPair } from './commands/keys.ts';
import type { Context } from './context.ts';

export interface KeyChoice {
  readonly keyPair: string;
  /** null: the key is in the ssh-agent. */
  readonly identityFile: string | null;
}

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
  const { signal } = context.guards;
  const found = await findKeyPair({
    cloud: backend.cloud,
    keyPair: parameters.keyPair,
    findKey: (pair) => backend.local.findPrivateKey(pair, context.options.identity),
    flags: backend.flags,
    signal,
  });
  if ('pair' in found) return { keyPair: found.pair.name, identityFile: found.key.path };
  if (backend.kind !== 'sandbox' || parameters.keyPair !== null) throw found.error;
  const created = await createKeyPair(context, backend, found.missing);
  context.io.note(`created the key pair ${found.missing}; its private key is ${created.path}`);
  return { keyPair: found.missing, identityFile: created.path };
}
