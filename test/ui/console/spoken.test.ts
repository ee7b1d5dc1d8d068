/** The console for a screen reader: sentences, and nothing to speak while nothing happens. */
import { expect, test } from 'vitest';
import { ConsoleScreen } from '../../../src/ui/console/screen.ts';
import { findBinding } from '../../../src/ui/keys/bindings.ts';
import { createTheme } from '../../../src/ui/theme.ts';
import { feedHealthy, testClock, testSession, unit } from './fakes.ts';

function listening() {
  const clock = testClock();
  const session = testSession(clock);
  const screen = new ConsoleScreen({
    session,
    backendKind: 'sandbox',
    clock,
    theme: createTheme(false),
    spoken: true,
    onQuit: () => undefined,
  });
  const end = screen.start();
  const size = { columns: 80, rows: 24 };
  return {
    clock,
    session,
    end,
    lines: () => screen.lines(size),
    text: () => screen.lines(size).join('\n'),
    press(...keys: readonly string[]) {
      for (const key of keys) {
        screen.lines(size);
        findBinding(screen.table().bindings, key)?.run(key);
      }
    },
  };
}

test('says where one is, what is wrong, and the row that is selected, without drawing anything', async () => {
  const { clock, session, text, press, end } = listening();
  expect(text()).toContain('Machines: asking fleet for its machines.');
  feedHealthy(session);
  await clock.advance(100);
  expect(text()).toContain('kubernetes, sandbox us-west-2: healthy.');
  expect(text()).toContain(
    'Machines: 3 rows.\nRow 1 of 3: machine a1b2c3d4…, ip 10.0.0.10, role master, state running',
  );
  expect(text()).toMatch(/Keys: l logs, d details/);
  press('2', 'down', 'space');
  expect(text()).toContain('Units: 4 rows, 1 marked.\nRow 3 of 4: unit fleet.service, active active');
  session.feed({ units: [unit('etcd.service', '10.0.0.10', { active: 'failed', sub: 'failed' })] });
  await clock.advance(100);
  expect(text()).toContain('down, etcd.service has failed on 10.0.0.10');
  expect(text()).toContain('1 failed');
  press('p');
  expect(text()).toContain('systemd says failed (failed)');
  press('esc', '3');
  expect(text()).toContain('Minions: 2 rows.');
  for (const line of text().split('\n')) expect(line).not.toMatch(/[─━│┃╭╮╰╯┏┓┗┛▸◆✦✧●◌▲✗○\x1b]/);
  end();
});

test('is the same, and so not spoken again, while only time passes', async () => {
  const { clock, session, lines, end } = listening();
  feedHealthy(session);
  await clock.advance(20_000);
  const before = lines();
  await clock.advance(10_000);
  expect(lines()).toBe(before);
  session.connect({
    phase: 'reconnecting',
    to: 'x',
    at: clock.now() + 9_000,
    why: 'the link dropped',
    attempt: 1,
  });
  await clock.advance(1_500);
  const lost = lines();
  expect(lost.join('\n')).toContain('reconnecting now: the link dropped');
  await clock.advance(2_000);
  expect(lines()).toBe(lost);
  end();
});
