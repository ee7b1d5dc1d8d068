/** Stories of the open console on a real terminal: what is wrong is found in a few keys, and it comes back as it was left. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { kubecore, type TerminalSession } from '../helpers/terminal.ts';

let home: SandboxHome;
let terminal: TerminalSession | null = null;
const run = (...args: string[]): Promise<Ran> => runKubecore(args, { env: home.env });

beforeAll(async () => {
  home = await sandboxHome();
});
afterEach(async () => {
  await terminal?.dispose();
  terminal = null;
});
afterAll(async () => {
  await home.dispose();
});

const BROKEN = `[Unit]
Description=The report

[Service]
ExecStart=/bin/sh -c "echo cannot open /data/report.csv; exit 3"
`;

test('a unit fails and you find out why in five keys, at 80×24; the console comes back as it was left', {
  timeout: 180_000,
}, async () => {
  expect((await run('up', '--sandbox', '--yes')).code).toBe(0);
  const file = path.join(home.home, 'report.service');
  await writeFile(file, BROKEN);
  const session = kubecore(['console', '--sandbox'], { columns: 80, rows: 24, env: home.env });
  terminal = session;
  await session.see('● healthy', 60_000);
  expect(session.state()).toMatchObject({ alternate: true, mouse: 'vt200' });
  expect((await run('unit', 'start', file, '--no-wait', '--sandbox')).code).toBe(0);

  // One key to what is wrong, one to its log.
  session.type('7');
  await session.see(/▸ +✗ wrong +for \d+ \w+ +report\.service has failed on 172\.31\./, 60_000);
  session.type('l');
  await session.see('report.service @ 172.31.');
  await session.see('cannot open /data/report.csv', 60_000);
  session.press('Escape');

  // From there to the unit, and to all that is known of it.
  await session.see(/▸ +✗ wrong/);
  session.press('Enter');
  await session.see(/▸ +.* *report\.service +✗/);
  session.type('d');
  await session.see('Details  report.service @');
  await session.see('Active: failed');
  session.type('G');
  await session.see(/ExecStart=\/bin\/sh/);
  session.press('Escape');
  await session.see(/▸ +.* *report\.service +✗/);

  // A filter and an order are left behind, and found again by the next console.
  session.type('/active:failed');
  await session.see('/active:failed');
  session.press('Enter');
  // What comes in one packet with Enter would be a paste.
  await session.see(/ q quit/);
  await session.see(/2 Units 1 of \d+ \/active:failed/);
  session.type('o');
  await session.see('UNIT↑');
  session.type('q');
  expect(await session.end()).toMatchObject({ code: 0 });
  expect(session.state()).toMatchObject({ alternate: false, cursorHidden: false, mouse: 'none' });

  const again = kubecore(['console', '--sandbox'], { columns: 80, rows: 24, env: home.env });
  terminal = again;
  await again.see(/2 Units 1 of \d+ \/active:failed/, 60_000);
  await again.see('UNIT↑');
  await again.see(/▸ +.* *report\.service +✗/);
  again.type('q');
  expect(await again.end()).toMatchObject({ code: 0 });
});
