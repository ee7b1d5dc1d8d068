/** The panes under a person's fingers: order, marks, ways to where a row leads, details, overview, mouse, keys, themes, a reader. */
import { cleanup } from 'ink-testing-library';
import { afterEach, describe, expect, it } from 'vitest';
import { CONSOLE_DEFAULTS, type ConsoleSettings } from '../../../src/cluster/console-settings.ts';
import type { Remembered } from '../../../src/ui/console/memory.ts';
import { type Answer, bytes, type Call } from '../../helpers/fake-shell.ts';
import { feedHealthy, machine, minion, pod, type TestSession, unit } from './fakes.ts';
import { KEYS, open, openHealthy } from './opened.tsx';

afterEach(cleanup);

/** The session with what a person chose and what was remembered. */
function preferring(session: TestSession, settings: Partial<ConsoleSettings>, remembered: unknown = null) {
  const saved: Remembered[] = [];
  const preferences = {
    settings: { ...CONSOLE_DEFAULTS, ...settings },
    memory: { load: () => remembered, save: (next: Remembered) => saved.push(next) },
  };
  return { session: Object.assign(session, { preferences }), saved };
}

describe('order and marks', () => {
  it('sorts by the next column with o, turns it with O, and says which', async () => {
    const screen = await openHealthy();
    await screen.press('4');
    await screen.feed(() =>
      screen.session.feed({
        pods: [pod('b', '10.0.0.11'), pod('a', '10.0.0.12'), pod('c', null)],
      }),
    );
    const names = () => screen.lines().flatMap((line) => /^[▸ ] .{2}([abc]) /.exec(line)?.[1] ?? []);
    expect(names()).toEqual(['a', 'b', 'c']);
    await screen.press('o');
    expect(screen.text()).toContain('POD↑');
    await screen.press('O');
    expect(screen.text()).toContain('POD↓');
    expect(names()).toEqual(['c', 'b', 'a']);
    await screen.press('o');
    expect(screen.text()).toContain('STATUS↑');
    expect(names()).toEqual(['a', 'b', 'c']);
    for (let i = 0; i < 6; i++) await screen.press('o');
    expect(screen.text()).not.toMatch(/[↑↓]/);
  });

  it('marks rows with Space for later, keeps them through a filter, and lets them go with Esc', async () => {
    const screen = await openHealthy();
    await screen.press('2', ' ', ' ');
    expect(screen.text()).toContain('◆ 2 marked');
    await screen.press('/fleet', KEYS.enter);
    expect(screen.text()).toContain('◆ 2 marked, 2 hidden');
    await screen.press('*');
    expect(screen.text()).toContain('◆ 3 marked, 2 hidden');
    await screen.press('*');
    expect(screen.text()).not.toContain('marked');
    await screen.press(KEYS.esc, ' ');
    expect(screen.text()).toContain('◆ 1 marked');
    await screen.press(KEYS.esc);
    expect(screen.text()).not.toContain('marked');
    await screen.press('g', ' ');
    // What is there no more is marked no more.
    await screen.feed(() => screen.session.feed({ units: [unit('fleet.service', '10.0.0.10')] }));
    expect(screen.text()).not.toContain('marked');
  });
});

describe('from row to row', () => {
  it('goes from a machine to its units, on to their machine, and back step by step', async () => {
    const screen = await openHealthy();
    await screen.press('j', KEYS.enter);
    // Units, pods and a minion: there is a choice.
    expect(screen.text()).toContain('Go  from machine 10.0.0.11');
    expect(screen.text()).toMatch(/▸ units +1 on 10\.0\.0\.11/);
    await screen.press(KEYS.enter);
    expect(screen.text()).toContain('2 Units 1 of 4 /node=10.0.0.11');
    await screen.press(KEYS.enter);
    expect(screen.text()).toContain('[1 Machines 3]');
    expect(screen.selected()).toContain('10.0.0.11');
    await screen.press(KEYS.esc);
    expect(screen.text()).toContain('/node=10.0.0.11');
    await screen.press(KEYS.esc);
    expect(screen.text()).toContain('[1 Machines 3]');
    await screen.press('2');
    expect(screen.text()).toContain('2 Units 4');
  });

  it('goes from a controller and a service to their pods, from a pod to its minion and containers', async () => {
    const screen = await openHealthy();
    for (const pane of ['6', '5']) {
      await screen.press(pane, KEYS.enter);
      expect(screen.text()).toContain('4 Pods 1 of 1 /-l name=redis-master');
      await screen.press(KEYS.esc);
    }
    await screen.press('4', KEYS.enter, KEYS.enter);
    expect(screen.text()).toContain('[3 Minions 2]');
    expect(screen.selected()).toContain('10.0.0.11');
    await screen.press(KEYS.esc, KEYS.enter, 'j', KEYS.enter);
    expect(screen.text()).toContain('Details  redis-master');
    expect(screen.text()).toContain('Docker containers');
  });

  it('goes from what is wrong to the row, and to its log', async () => {
    const screen = await openHealthy();
    const failed = unit('etcd.service', '10.0.0.11', { active: 'failed', sub: 'failed' });
    await screen.feed(() => screen.session.feed({ units: [unit('fleet.service', '10.0.0.10'), failed] }));
    await screen.press('7');
    expect(screen.selected()).toMatch(/✗ wrong +for 0 s +etcd\.service has failed on 10\.0\.0\.11/);
    await screen.press('l');
    expect(screen.session.tails[0]?.source).toMatchObject({ unit: 'etcd.service', ip: '10.0.0.11' });
    await screen.press(KEYS.esc, KEYS.enter);
    expect(screen.text()).toContain('[2 Units 2]');
    expect(screen.selected()).toContain('✗ failed');
    await screen.clock.advance(65_000);
    await screen.feed(() => feedHealthy(screen.session));
    await screen.press('7');
    expect(screen.text()).toMatch(/● mended +0 s ago +etcd\.service has failed/);
    expect(screen.text()).toMatch(/✦ changed .*etcd\.service @ 10\.0\.0\.11 is active \(running\)/);
  });
});

describe('details', () => {
  const answers: Readonly<Record<string, Answer>> = {
    'systemctl status': { stdout: 'etcd.service - etcd\n   Active: failed (Result: exit-code)\n', code: 3 },
    'systemctl cat': '# /etc/systemd/system/etcd.service\n[Service]\nExecStart=/usr/bin/etcd\n',
    'get pods/redis-master': '{"kind":"Pod","id":"redis-master","currentState":{"status":"Running"}}',
    'get minions': {
      stderr: 'F1122 16:36:53 01122 kubecfg.go:403] Got request error: no such minion',
      code: 255,
    },
    'etcdctl --no-sync get': '{"Network":"172.24.0.0/16"}\n',
    'cluster-health': 'cluster is healthy\n',
    'docker ps': {
      stdout: bytes(
        [
          'CONTAINER ID   IMAGE               COMMAND      CREATED     STATUS      PORTS   NAMES',
          'abcdef         dockerfile/redis    "redis"      1 hour ago  Up 1 hour           k8s--main.1--redis_-_master.default.etcd--x--1',
          'fedcba         dockerfile/other    "other"      1 hour ago  Up 1 hour           k8s--main.1--other.default.etcd--x--1',
        ].join('\n'),
      ),
    },
  };
  const prepare = (session: TestSession) => {
    session.answer = (call: Call) => {
      const found = Object.entries(answers).find(([piece]) => call.command.includes(piece));
      if (!found) throw new Error(`the test did not expect ${call.on}: ${call.command}`);
      return found[1];
    };
    return session;
  };

  it('of a unit: what systemctl says on its node, and its file', async () => {
    const screen = await openHealthy({ columns: 80, rows: 24 }, { prepare });
    await screen.press('2', 'j', 'd');
    expect(screen.text()).toContain('Details  etcd.service @ 10.0.0.11');
    expect(screen.text()).toContain('Active: failed (Result: exit-code)');
    await screen.press('G');
    expect(screen.text()).toContain('ExecStart=/usr/bin/etcd');
    expect(screen.text()).toContain('systemctl cat --no-pager etcd.service');
  });

  it('of a pod: its containers alone, and the object as YAML; of a machine: etcd; of a minion: why not', async () => {
    const screen = await openHealthy({ columns: 120, rows: 50 }, { prepare });
    await screen.press('4', 'd');
    expect(screen.text()).toContain('image    dockerfile/redis');
    expect(screen.text()).not.toContain('dockerfile/other');
    expect(screen.text()).toMatch(/currentState:\n +status: Running/);
    await screen.press(KEYS.esc, '1', 'd');
    expect(screen.text()).toContain('cluster is healthy');
    expect(screen.text()).toContain('dockerfile/other');
    await screen.press(KEYS.esc, '3', 'd');
    expect(screen.text()).toContain('no such minion');
  });
});

describe('comfort', () => {
  it('hears clicks on panes, rows and tabs, and the wheel', async () => {
    const screen = await openHealthy({ columns: 120, rows: 40 });
    await screen.press('\x1b[<0;70;6M');
    expect(screen.text()).toContain('[2 Units 4]');
    expect(screen.lines()[5]).toContain('┃▸');
    await screen.press('\x1b[<65;10;6M');
    expect(screen.text()).toContain('[1 Machines 3]');
    expect(screen.lines().find((line) => line.startsWith('┃▸'))).toContain('10.0.0.12');
    await screen.press('\x1b[<64;10;6M', '\x1b[<0;20;2M', '\x1b[<0;20;2m');
    expect(screen.text()).toContain('[2 Units 4]');
  });

  it('takes other keys from the config file, and says which actions there are not', async () => {
    const prepare = (session: TestSession) =>
      preferring(session, { keys: { details: 'x', sort: 'd', nosuch: 'y' } }).session;
    const screen = await openHealthy({ columns: 80, rows: 24 }, { prepare });
    expect(screen.text()).toContain('nothing is called nosuch');
    await screen.press(KEYS.esc);
    expect(screen.lines().at(-1)).toContain('x details');
    await screen.press('d');
    expect(screen.text()).toContain('MACHINE↑');
    await screen.press('x');
    expect(screen.text()).toContain('Details  machine');
  });

  it('remembers pane, order and filters, and begins with them', async () => {
    let saved: readonly Remembered[] = [];
    const screen = await openHealthy(undefined, {
      prepare: (session) => {
        const made = preferring(session, {});
        saved = made.saved;
        return made.session;
      },
    });
    await screen.press('2', '/etcd', KEYS.enter, 'o', 'z');
    const last = saved.at(-1);
    expect(last).toEqual({
      version: 1,
      focus: 'units',
      zoomed: true,
      panes: { units: { filter: 'etcd', sort: { column: 'UNIT', descending: false } } },
    });
    const again = await openHealthy(undefined, {
      prepare: (session) => preferring(session, {}, JSON.parse(JSON.stringify(last))).session,
    });
    expect(again.text()).toContain('2 Units 2 of 4 /etcd');
    expect(again.text()).toContain('UNIT↑');
    for (const strange of [null, 7, 'x', { version: 2 }, { version: 1, focus: 'x', panes: { units: 3 } }]) {
      const begun = await openHealthy(undefined, {
        prepare: (session) => preferring(session, {}, strange).session,
      });
      expect(begun.text()).toContain('[1 Machines 3]');
    }
  });

  it('has a light and a high-contrast theme, and none where there is no colour', async () => {
    const frame = async (theme: ConsoleSettings['theme'], colour: boolean) => {
      const prepare = (session: TestSession) => preferring(session, { theme }).session;
      return (await openHealthy(undefined, { prepare, colour })).text();
    };
    expect(await frame(null, true)).toContain('\x1b[32m● healthy');
    expect(await frame('light', true)).toContain('\x1b[38;5;28m● healthy');
    expect(await frame('high-contrast', true)).not.toMatch(/\x1b\[(3\d|2|38;5;\d+)m/);
    expect(await frame('light', false)).not.toContain('\x1b[');
    expect(await frame('none', true)).not.toContain('\x1b[');
  });

  it('shows a changed row plainly, then faded, then not', async () => {
    const screen = await openHealthy();
    await screen.press('3');
    await screen.feed(() => screen.session.feed({ minions: [minion('10.0.0.12'), minion('10.0.0.99')] }));
    expect(screen.text()).toContain('✦ 10.0.0.99');
    await screen.clock.advance(6_000);
    expect(screen.text()).toContain('✧ 10.0.0.99');
    await screen.clock.advance(10_000);
    expect(screen.text()).not.toMatch(/[✦✧]/);
  });

  it('shows a machine that fleet lost with what EC2 says of it, and does not count it', async () => {
    const screen = await open({ columns: 120, rows: 24 });
    const lost = { ...machine('d'.repeat(32), '10.0.0.13'), state: 'terminated', lostAt: 1 };
    await screen.feed(() => feedHealthy(screen.session));
    await screen.feed(() =>
      screen.session.feed({ machines: [machine('a'.repeat(32), '10.0.0.10', 'master'), lost] }),
    );
    expect(screen.text()).toContain('1 Machines 1 ✗ 1 lost');
    expect(screen.text()).toMatch(/10\.0\.0\.13 .*✗ lost, terminated/);
  });

  it('tells the whole of a long reason in its place or where to read it', async () => {
    const screen = await openHealthy();
    const why = `the answer of ${'a very long tool '.repeat(12)}was not understood`;
    await screen.feed(() => screen.session.failWith('units', 'the units could not be listed', why));
    await screen.press('2');
    expect(screen.text()).toContain('… (p: all of it)');
    await screen.press('p');
    expect(screen.text()).toContain('was not understood');
  });
});
