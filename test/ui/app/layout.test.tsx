/** What holds for every screen: no line wider than the terminal, never as high as it, help that fits. */
import { afterEach, expect, test } from 'vitest';
import { cellWidth } from '../../../src/ui/terminal/cells.ts';
import { fakeServices } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

test.each([
  { columns: 60, rows: 15 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
])('every screen and its help at $columns×$rows', async (size) => {
  const s = story(fakeServices({ backend: 'sandbox' }), { size });
  const holds = (): void => {
    const lines = s.screen().split('\n');
    expect(lines.length).toBeLessThan(size.rows);
    for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(size.columns);
  };
  const help = async (): Promise<void> => {
    holds();
    await s.press('?');
    await s.sees(': help', 'close help');
    holds();
    await s.press(KEY.esc);
    await s.loses('close help');
  };
  await s.sees('Ready');
  await help();
  await s.press(KEY.enter);
  await s.sees('2 Key pair', 'coreos.pem');
  await help();
  await s.press(KEY.enter);
  await s.sees('3 Parameters', '✓ free');
  await help();
  await s.press(KEY.down, KEY.down, KEY.down, ' ');
  await s.sees('Filter');
  holds();
  await s.press(KEY.esc, KEY.ctrl('n'));
  await s.sees('4 Review', /Launch +simulates/);
  await help();
  await s.press('t');
  await s.sees('Review: the template');
  holds();
  await s.press('t');
  await s.sees(/Launch +simulates/);
  await s.loses('looking');
  await s.press(KEY.enter);
  await s.sees('5 Launch');
  await help();
});

test.each([
  { columns: 60, rows: 15 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
])('the question for a passphrase and its help at $columns×$rows', async (size) => {
  const path = '/home/me/.ssh/coreos.pem';
  const world = {
    keys: { coreos: { path, label: path, encrypted: true } },
    passphrases: { [path]: 'x'.repeat(300) },
  };
  const s = story(fakeServices({ backend: 'sandbox', world }), { size });
  await s.sees('Ready');
  await s.press(KEY.enter);
  await s.sees('encrypted key');
  await s.press(KEY.enter);
  await s.sees('Enter unlock');
  await s.press('x'.repeat(300));
  await s.sees(/…•+/);
  for (const line of s.screen().split('\n')) expect(cellWidth(line)).toBeLessThanOrEqual(size.columns);
  await s.press('\u001bOP');
  await s.sees('Passphrase: help', 'close help');
  for (const line of s.screen().split('\n')) expect(cellWidth(line)).toBeLessThanOrEqual(size.columns);
  await s.press(KEY.esc);
  await s.loses('close help');
  await s.press(KEY.enter);
  await s.sees('3 Parameters');
});

test('at 80×24 the help of every step shows its last key', async () => {
  const s = story(fakeServices({ backend: 'sandbox' }));
  await s.sees('Ready');
  await s.press('?');
  await s.sees('Look at everything once more');
  await s.press(KEY.esc, KEY.enter);
  await s.sees('coreos.pem');
  await s.press('?');
  await s.sees(/Esc +back/);
  await s.press(KEY.esc, KEY.enter);
  await s.sees('✓ free');
  await s.press('?');
  await s.sees('what was typed is kept');
  await s.press(KEY.esc, KEY.ctrl('n'));
  await s.sees('4 Review');
  await s.press('?');
  await s.sees('everything is kept');
});
