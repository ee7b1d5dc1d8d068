import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { answered, type PassphraseQuestion, passphraseAsker } from '../../../src/ui/widgets/passphrase.ts';

function asking() {
  const shown: (PassphraseQuestion | null)[] = [];
  const asker = passphraseAsker((question) => shown.push(question));
  const type = (text: string): void => asker.edit({ name: 'paste', text });
  const press = (name: string): void => asker.edit({ name, text: '' });
  return { shown, asker, type, press, mask: () => shown.at(-1)?.mask };
}

test('what is drawn has bullets alone, one for each character as a person counts', async () => {
  const { shown, asker, type, press, mask } = asking();
  const given = asker.ask('~/key', 1);
  type('naïve 👩‍👩‍👧 word');
  expect(mask()).toEqual({ value: '•'.repeat(12), cursor: 12 });
  press('left');
  type('!');
  expect(mask()).toEqual({ value: '•'.repeat(13), cursor: 12 });
  asker.submit();
  expect(shown.at(-1)).toMatchObject({ label: '~/key', attempt: 1, busy: true });
  expect(await given).toBe('naïve 👩‍👩‍👧 wor!d');
  expect(inspect([asker, shown], { depth: 9, showHidden: true })).not.toMatch(/naïve|wor!/);
});

test('where words end is not shown: moves and deletions by words go all the way', async () => {
  const { asker, type, press, mask } = asking();
  void asker.ask('key', 1);
  type('two words');
  press('word-left');
  expect(mask()?.cursor).toBe(0);
  press('word-right');
  expect(mask()?.cursor).toBe(9);
  press('ctrl+w');
  expect(mask()).toEqual({ value: '', cursor: 0 });
});

test('nothing typed is no answer; closed, it is that none is given', async () => {
  const { shown, asker, type } = asking();
  const given = asker.ask('key', 1);
  asker.submit();
  expect(shown).toHaveLength(1);
  asker.close();
  expect(await given).toBeNull();
  expect(shown.at(-1)).toBeNull();
  type('too late');
  asker.submit();
  expect(shown.at(-1)).toBeNull();
  const again = asker.ask('key', 2);
  expect(shown.at(-1)).toEqual({ label: 'key', attempt: 2, mask: { value: '', cursor: 0 }, busy: false });
  asker.close();
  expect(await again).toBeNull();
});

test('answered: true once unlocked, false when nobody gave it, other failures are thrown', async () => {
  const { shown, asker, type } = asking();
  const refused = new Error('no passphrase');
  const unlock = async (ask: (label: string, attempt: number) => Promise<string | null>) => {
    if ((await ask('key', 1)) !== 'right') throw refused;
  };
  const wrong = answered(asker, unlock);
  asker.close();
  expect(await wrong).toBe(false);
  const right = answered(asker, unlock);
  type('right');
  asker.submit();
  expect(await right).toBe(true);
  expect(shown.at(-1)).toBeNull();
  await expect(answered(asker, () => Promise.reject(refused))).rejects.toBe(refused);
});
