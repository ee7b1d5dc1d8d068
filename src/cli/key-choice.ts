/** Owns choosing the key pair of a launch without the wizard, and finding the private key that goes with it. */
import { inputError } from '../cluster/errors.ts';
import { findKeyPair } from '../cluster/key-pair.ts';
import type { Parameters } from '../cluster/parameters.ts';
import type { KeyPair } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import type { ChosenBackend } from './backend.ts';
import { createKeyPair } from './commands/keys.ts';
import type { Context } from './context.ts';
import { unlockFirst } from './ssh-config.ts';

export interface KeyChoice {
  readonly keyPair: string;
  /** null: the key is in the ssh-agent. */
  readonly identityFile: string | null;
}

/**
 * The key pair and its private key. In the sandbox, which costs nothing, a missing `coreos` is created; on AWS nothing is
 * created that was not asked for. A passphrase is asked for here, where it has cost nothing yet.
 * @throws KubecoreError (input) when the pair is not there, no private key at hand matches it, or its passphrase is not given
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
  if ('pair' in found) {
    const { pair, key } = found;
    await unlockFirst(context, key.path);
    if (key.unproved && key.path !== null) await provenBy(backend, pair, key.path);
    return { keyPair: pair.name, identityFile: key.path };
  }
  if (backend.kind !== 'sandbox' || parameters.keyPair !== null) throw found.error;
  const created = await createKeyPair(context, backend, found.missing);
  context.io.note(`created the key pair ${found.missing}; its private key is ${created.path}`);
  return { keyPair: found.missing, identityFile: created.path };
}

/** Holds an unlocked key to its pair. Without anyone to ask it stays locked, and a launch might be one that nobody can enter. */
async function provenBy(backend: ChosenBackend, pair: KeyPair, file: string): Promise<void> {
  const key = await backend.local.findPrivateKey(pair, file);
  if (!key?.unproved) return;
  throw inputError(
    `the private key ${printable(file)} cannot be used with the key pair "${printable(pair.name)}"`,
    'it is encrypted, nobody can be asked for its passphrase, and only unlocked it shows whether it belongs to the pair',
    `run it on a terminal, put its public half beside it (ssh-keygen -y -f ${printable(file)} > ${printable(file)}.pub), or give it to the ssh-agent and leave out --identity`,
  );
}
