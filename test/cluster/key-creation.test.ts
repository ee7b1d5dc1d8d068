import { expect, test } from 'vitest';
import { inputError, KubecoreError } from '../../src/cluster/errors.ts';
import { createSavedKeyPair } from '../../src/cluster/key-creation.ts';

const PAIR = { name: 'coreos', id: 'key-1', type: 'rsa', fingerprint: 'aa:bb', publicKey: null } as const;

/** A cloud and a computer that tell what was done to them. `save` is asked once for each name. */
function ports(save: (name: string) => string, remove: () => Promise<void> = async () => {}) {
  const done: string[] = [];
  return {
    done,
    ports: {
      cloud: {
        createKeyPair: async (name: string) => {
          done.push(`create ${name}`);
          return { ...PAIR, name, material: 'SECRET' };
        },
        deleteKeyPair: async (name: string) => {
          done.push(`delete ${name}`);
          await remove();
        },
      },
      local: {
        checkPrivateKeyPath: async (name: string) => void done.push(`check ${name}`),
        savePrivateKey: async (name: string, material: string) => {
          done.push(`save ${name} ${material}`);
          return save(name);
        },
      },
    },
  };
}

const full = (): never => {
  throw inputError('the private key was not saved', 'ENOSPC: no space left on device', 'make room');
};

const failure = async (act: Promise<unknown>): Promise<KubecoreError> => {
  const thrown = await act.catch((error: unknown) => error);
  if (thrown instanceof KubecoreError) return thrown;
  throw new Error('it did not fail');
};

test('a created key is saved before anything else, and what is given back does not hold it', async () => {
  const w = ports((name) => `/keys/${name}.pem`);
  const saved = await createSavedKeyPair(w.ports, 'coreos');
  expect(saved).toEqual({ pair: PAIR, path: '/keys/coreos.pem', elsewhere: null });
  expect(w.done).toEqual(['check coreos', 'create coreos', 'save coreos SECRET']);
});

test('a file that came in the way meanwhile: the key is saved beside it, and that is said', async () => {
  const w = ports((name) => (name === 'coreos' ? full() : `/keys/${name}.pem`));
  expect(await createSavedKeyPair(w.ports, 'coreos')).toMatchObject({
    path: '/keys/coreos-2.pem',
    elsewhere: 'ENOSPC: no space left on device',
  });
  expect(w.done.at(-1)).toBe('save coreos-2 SECRET');
});

test('a key that cannot be saved at all: the pair is deleted again', async () => {
  const w = ports(full);
  const error = await failure(createSavedKeyPair(w.ports, 'coreos'));
  expect(w.done.at(-1)).toBe('delete coreos');
  expect(error).toMatchObject({
    code: 'KeyNotSaved',
    why: 'its private key could not be saved (ENOSPC: no space left on device); the pair in EC2 was deleted again',
    next: 'make room',
  });
  expect(JSON.stringify(error)).not.toContain('SECRET');
});

test('and when that is refused too, it is said how to', async () => {
  const w = ports(full, () => Promise.reject(new Error('no right')));
  expect((await failure(createSavedKeyPair(w.ports, "o'hara"))).why).toContain(
    "aws ec2 delete-key-pair --key-name 'o'\\''hara' deletes it",
  );
});

test('nothing is created when the file is there already', async () => {
  const w = ports((name) => name);
  const taken = { ...w.ports.local, checkPrivateKeyPath: () => Promise.reject(full) };
  await createSavedKeyPair({ ...w.ports, local: taken }, 'coreos').catch(() => undefined);
  expect(w.done).toEqual([]);
});
