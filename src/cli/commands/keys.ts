/** Owns `kubecore keys`: EC2 key pairs, with their private keys found, created or left alone. */
import { readFile } from 'node:fs/promises';
import { inputError, interruptedError } from '../../cluster/errors.ts';
import { createSavedKeyPair, type SavedKeyPair } from '../../cluster/key-creation.ts';
import { checkKeyPairName } from '../../cluster/parameters.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { fileTrouble } from '../file-trouble.ts';
import { oneLine } from '../io.ts';
import { table } from '../table.ts';

export async function listKeys(context: Context): Promise<undefined> {
  const backend = await chooseBackend(context);
  const pairs = await backend.cloud.keyPairs(context.guards.signal);
  const found = await Promise.all(
    pairs.map(async (pair) => ({ pair, key: await backend.local.findPrivateKey(pair) })),
  );
  if (context.io.format !== 'text') {
    await context.io.document(
      found.map(({ pair, key }) => ({ ...pair, privateKey: key && !key.unproved ? key.label : null })),
    );
    return;
  }
  if (found.length === 0) {
    context.io.note(
      `no key pairs in ${backend.region}; create one: ${['kubecore keys create coreos', ...backend.flags].join(' ')}`,
    );
    return;
  }
  await context.io.out(
    table(
      ['NAME', 'TYPE', 'FINGERPRINT', 'PRIVATE KEY'],
      found.map(({ pair, key }) => [
        oneLine(pair.name),
        pair.type,
        oneLine(pair.fingerprint),
        key ? `${key.unproved ? 'perhaps ' : ''}${key.label}` : 'not found here',
      ]),
    ),
  );
}

export async function createKey(context: Context, args: readonly string[]): Promise<undefined> {
  const name = args[0] ?? '';
  const verdict = checkKeyPairName(name);
  if (!verdict.ok)
    throw inputError(`"${oneLine(name)}" cannot be a key pair's name`, verdict.why, verdict.hint);
  const backend = await chooseBackend(context);
  const { path, elsewhere } = await createKeyPair(context, backend, name);
  if (elsewhere !== null) context.io.note(`it is not in the file of that name: ${elsewhere}`);
  if (context.io.format !== 'text') await context.io.document({ name, privateKey: path });
  else await context.io.out(`created the key pair ${name}; its private key is ${path} (mode 0400)\n`);
}

/**
 * Creates a key pair and saves its private key before anything else happens. A closed pipe does not end the program
 * meanwhile; when a signal does before EC2 has answered, it is said that the pair may be there without its key.
 * @throws KubecoreError when the file is already there (nothing is created then), AWS refuses, or it cannot be saved
 */
export async function createKeyPair(
  context: Context,
  backend: Pick<ChosenBackend, 'cloud' | 'local'>,
  name: string,
): Promise<SavedKeyPair> {
  const { guards, host } = context;
  if (guards.signal.aborted) throw interruptedError('no key pair was created', 'run the same command again');
  guards.outliveOutput();
  const answered = guards.onExit(() => {
    host.stderr.write(
      `kubecore: the key pair "${oneLine(name)}" may be in EC2 without its private key, which was not received\nnext: kubecore keys list; aws ec2 delete-key-pair deletes it\n`,
    );
  });
  try {
    return await createSavedKeyPair(backend, name);
  } finally {
    answered();
  }
}

export async function importKey(context: Context, args: readonly string[]): Promise<undefined> {
  const [name = '', file = ''] = args;
  const verdict = checkKeyPairName(name);
  if (!verdict.ok)
    throw inputError(`"${oneLine(name)}" cannot be a key pair's name`, verdict.why, verdict.hint);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw inputError(
      `${oneLine(file)} cannot be read`,
      fileTrouble(error),
      'name a file with an OpenSSH public key, such as ~/.ssh/id_ed25519.pub',
    );
  });
  if (!/^(ssh-(rsa|ed25519)) [A-Za-z0-9+/=]+/.test(text.trim())) {
    throw inputError(
      `${oneLine(file)} is not a public key that EC2 takes`,
      /PRIVATE KEY-----/.test(text)
        ? 'it is a private key, which never leaves this computer'
        : 'EC2 imports OpenSSH RSA and ed25519 public keys',
      'name a .pub file that begins with ssh-rsa or ssh-ed25519 (ssh-keygen -y -f KEY > KEY.pub makes it)',
    );
  }
  const backend = await chooseBackend(context);
  const pair = await backend.cloud.importKeyPair(name, text.trim(), context.guards.signal);
  if (context.io.format !== 'text') await context.io.document(pair);
  else await context.io.out(`imported the key pair ${pair.name} (${pair.fingerprint})\n`);
}
