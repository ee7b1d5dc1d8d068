import { expect, test } from 'vitest';
import { inputError } from '../../../src/cluster/errors.ts';
import type { Cloud, Local } from '../../../src/cluster/ports.ts';
import { initialKeyPair, reduceKeyPair } from '../../../src/ui/wizard/key-pair-state.ts';
import { keyPairWork } from '../../../src/ui/wizard/key-pair-work.ts';
import { fakeCloud } from '../../helpers/fake-cloud.ts';

/** Step 2's work over a cloud and a folder; what was done, in order. */
function world(save: (name: string) => Promise<string>) {
  const done: string[] = [];
  let state = initialKeyPair(null);
  const cloud: Cloud = fakeCloud({
    createKeyPair: async (name) => {
      done.push(`create ${name}`);
      return { name, id: 'key-1', type: 'rsa', fingerprint: 'aa', publicKey: null, material: 'SECRET' };
    },
    deleteKeyPair: async (name) => void done.push(`delete ${name}`),
  });
  const local = { savePrivateKey: (name: string) => save(name) } as unknown as Local;
  const work = keyPairWork({
    cloud,
    local: () => local,
    unlock: async () => {},
    identityFile: null,
    state: () => state,
    dispatch: (action) => {
      state = reduceKeyPair(state, action);
    },
  });
  return { work, done };
}

const full = (): Promise<never> =>
  Promise.reject(inputError('it was not saved', 'no space is left', 'make room'));

test('a key that no file takes is not left behind in EC2 when the program has to end', async () => {
  const { work, done } = world(full);
  await work.create('coreos');
  expect(done).toEqual(['create coreos']);
  expect(await work.rescue()).toBe(
    'the private key of "coreos" could not be saved; the pair in EC2 was deleted again',
  );
  expect(done).toEqual(['create coreos', 'delete coreos']);
});

test('one that another file takes stays', async () => {
  const { work, done } = world((name) => (name === 'coreos' ? full() : Promise.resolve(`/keys/${name}.pem`)));
  await work.create('coreos');
  expect(await work.rescue()).toMatch(/^the private key of "coreos" was saved as \/keys\/coreos\S+\.pem$/);
  expect(done).toEqual(['create coreos']);
});

test('with nothing in memory there is nothing to say', async () => {
  const { work, done } = world(async (name) => `/keys/${name}.pem`);
  await work.create('coreos');
  expect(await work.rescue()).toBeNull();
  expect(done).toEqual(['create coreos']);
});
