/**
 * Owns creating a key pair so that its private key is not lost: EC2 gives it once. It is saved before anything else, under
 * another name if need be; when it cannot be saved at all, the pair is deleted again.
 */
import { asKubecoreError, KubecoreError } from './errors.ts';
import type { Cloud, CreatedKeyPair, KeyPair, Local } from './ports.ts';
import { printable } from './printable.ts';

/** Names for the file of a key that has to be saved: NAME, NAME-2, … */
const TRIES = 5;

export interface SavedKeyPair {
  readonly pair: KeyPair;
  /** Where the private key is. */
  readonly path: string;
  /** Why it is not in the file that it would have by its name; null when it is. */
  readonly elsewhere: string | null;
}

type Ports = {
  readonly cloud: Pick<Cloud, 'createKeyPair' | 'deleteKeyPair'>;
  readonly local: Pick<Local, 'savePrivateKey' | 'checkPrivateKeyPath'>;
};

/**
 * Creates the pair and saves its private key, mode 0400. Never stopped half-way: no signal is taken.
 * @throws KubecoreError: nothing was created, or what was created was deleted again, or (said in so many words) could not be
 */
export async function createSavedKeyPair(ports: Ports, name: string): Promise<SavedKeyPair> {
  await ports.local.checkPrivateKeyPath?.(name);
  const { material, ...pair } = await ports.cloud.createKeyPair(name);
  const reasons: KubecoreError[] = [];
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      const path = await ports.local.savePrivateKey(attempt === 1 ? name : `${name}-${attempt}`, material);
      return { pair, path, elsewhere: reasons[0]?.why ?? null };
    } catch (thrown) {
      reasons.push(asKubecoreError(thrown));
    }
  }
  const cause = reasons[0];
  throw new KubecoreError({
    what: `there is no new key pair "${printable(name)}"`,
    why: `its private key could not be saved (${cause?.why ?? 'for no reason that is known'}); ${await takeBack(ports.cloud, name)}`,
    next: cause?.next ?? 'make room for it and run the same command again',
    fault: 'input',
    code: 'KeyNotSaved',
    cause,
  });
}

/**
 * Deletes a pair whose private key is lost: it would open nothing, and its name would be taken. What became of it, as a
 * clause.
 */
export async function takeBack(
  cloud: Pick<Cloud, 'deleteKeyPair'>,
  name: CreatedKeyPair['name'],
): Promise<string> {
  try {
    await cloud.deleteKeyPair(name);
    return 'the pair in EC2 was deleted again';
  } catch (thrown) {
    return `the pair is still in EC2, of no use to anyone (${asKubecoreError(thrown).why}): aws ec2 delete-key-pair --key-name '${printable(name).replaceAll("'", "'\\''")}' deletes it`;
  }
}
