/** The console as a person meets it: every key, every size, what is stale, what moves, and logs that lose nothing. */
import { cleanup } from 'ink-testing-library';
import stringWidth from 'string-width';
import { afterEach, describe, expect, it } from 'vitest';
import { KubecoreError } from '../../../src/cluster/errors.ts';
import { numbered } from '../widgets/log-ring.ts';
import { feedHealthy, ID, machine, minion, pod, unit } from './fakes.ts';
import { KEYS, open, openHealthy } from './opened.tsx';

afterEach(cleanup);

const down = new KubecoreError({
  what: 'fleet did not answer',
  why: 'etcd refused',
  next: 'look at etcd.service',
  fault: 'node',
});

describe('layouts', () => {
  it.each([
    [80, 24, ['machines'], 1],
    [120, 40, ['machines', 'units', 'minions', 'pods'], 4],
    [200, 60, ['machines', 'units', 'minions', 'pods', 'services', 'controllers'], 6],
  ])('%s×%s shows %j', async (columns, rows, visible) => {
    const screen = await openHealthy({ columns, rows });
    const lines = screen.lines();
    expect(lines).toHaveLength(rows - 1);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(screen.session.visible).toEqual(visible);
    for (const kind of visible) expect(screen.text().toLowerCase()).toContain(kind);
    expect(lines[0]).toContain('kubernetes  sandbox us-west-2  ● healthy');
    expect(lines.at(-1)).toContain('q quit');
  });

  it('is never wider or higher than the terminal, whatever its size', async () => {
    const screen = await openHealthy();
    for (const [columns, rows] of [
      [60, 15],
      [61, 40],
      [99, 27],
      [100, 28],
      [139, 47],
      [140, 48],
      [250, 80],
    ] as const) {
      await screen.resize({ columns, rows });
      for (const key of ['1', '2', '4', '6']) {
        await screen.press(key);
        expect(screen.lines()).toHaveLength(rows - 1);
        for (const line of screen.lines()) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('says that the terminal is too small, and recovers where it was', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'j');
    await screen.resize({ columns: 50, rows: 12 });
    expect(screen.text()).toContain('This terminal is 50×12');
    await screen.resize({ columns: 80, rows: 24 });
    expect(screen.text()).toContain('2 Units 4');
    expect(screen.selected()).toContain('10.0.0.11');
  });
});

describe('panes', () => {
  it('say in words that they load, are empty, or failed', async () => {
    const screen = await open();
    expect(screen.text()).toContain('asking fleet for its machines');
    await screen.press('4');
    await screen.feed(() => screen.session.feed({ pods: [] }));
    expect(screen.text()).toContain('no pods yet: kubecfg -c pod.json create pods');
    await screen.press('1');
    await screen.feed(() => screen.session.fail('machines', down));
    expect(screen.text()).toContain('✗ fleet did not answer');
    expect(screen.text()).toContain('next: look at etcd.service');
  });

  it('keep what was known when a source fails, with its age and why', async () => {
    const screen = await openHealthy();
    await screen.clock.advance(34_000);
    await screen.feed(() => screen.session.fail('machines', down));
    expect(screen.text()).toContain('▲ stale, 34 s ago');
    expect(screen.text()).toContain('▲ fleet did not answer: etcd refused');
    expect(screen.text()).toContain('10.0.0.11');
    expect(screen.lines()[0]).toContain('✗ down: fleet does not answer');
  });

  it('count their age by the second, and draw nothing when nothing changes', async () => {
    const screen = await openHealthy();
    const frames = screen.app.frames.length;
    await screen.clock.advance(800);
    expect(screen.text()).toContain('0 s ago');
    await screen.clock.advance(3_000);
    expect(screen.text()).toContain('3 s ago');
    expect(screen.app.frames.length - frames).toBeLessThanOrEqual(4);
    const idle = await open();
    const before = idle.app.frames.length;
    await idle.clock.advance(10_000);
    expect(idle.app.frames.length).toBe(before);
  });

  it('mark rows that changed, for a few seconds, and tell state by symbols', async () => {
    const screen = await openHealthy();
    await screen.press('2');
    expect(screen.text()).not.toContain('✦');
    await screen.feed(() =>
      screen.session.feed({
        units: [
          unit('etcd.service', '10.0.0.10'),
          unit('fleet.service', '10.0.0.10', { active: 'failed', sub: 'failed' }),
        ],
      }),
    );
    expect(screen.text()).toMatch(/✦ fleet\.service +✗ failed/);
    expect(screen.text()).toContain('✗ 1 failed');
    await screen.clock.advance(6_000);
    expect(screen.text()).not.toContain('✦');
  });

  it('shorten machine ids only where they stay unambiguous', async () => {
    const screen = await open();
    const alike = `a1b2c3d4${'f'.repeat(24)}`;
    await screen.feed(() =>
      screen.session.feed({
        machines: [
          machine(ID.master, '10.0.0.10'),
          machine(alike, '10.0.0.11'),
          machine(ID.two, '10.0.0.12'),
        ],
      }),
    );
    expect(screen.text()).toContain('a1b2c3d4a…');
    expect(screen.text()).toContain('a1b2c3d4f…');
    expect(screen.text()).toContain('c1c1c1c1…');
  });

  it('never let what a node says reach the terminal raw', async () => {
    const screen = await open({ columns: 200, rows: 60 });
    const evil = 'x\x1b[2J\x1b]0;t\x07\u202e\r\n';
    await screen.feed(() =>
      screen.session.feed({
        machines: [{ ...machine(ID.one, evil), zone: evil, metadata: { [evil]: evil } }],
        units: [unit(evil, evil, { description: evil, active: evil, sub: evil, load: evil })],
        minions: [minion(evil)],
        pods: [pod(evil, evil, { images: [evil], labels: { [evil]: evil }, status: evil })],
      }),
    );
    for (const line of screen.lines()) {
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
      expect(stringWidth(line)).toBeLessThanOrEqual(200);
    }
  });

  it('show the connection when it is lost, and count down', async () => {
    const screen = await openHealthy({ columns: 120, rows: 40 });
    await screen.feed(() =>
      screen.session.connect({
        phase: 'reconnecting',
        to: 'x',
        at: screen.clock.now() + 4_000,
        why: 'the link dropped',
        attempt: 1,
      }),
    );
    expect(screen.lines()[0]).toContain('reconnecting in 4 s: the link dropped');
    await screen.clock.advance(3_000);
    expect(screen.lines()[0]).toContain('reconnecting in 2 s');
  });
});

describe('moving', () => {
  it('switches panes by number, Tab and Shift-Tab', async () => {
    const screen = await openHealthy();
    await screen.press('3');
    expect(screen.text()).toContain('[3 Minions 2]');
    await screen.press(KEYS.tab);
    expect(screen.text()).toContain('[4 Pods 1]');
    await screen.press(KEYS.shiftTab, KEYS.shiftTab);
    expect(screen.text()).toContain('[2 Units 4]');
    await screen.press('1', KEYS.shiftTab);
    expect(screen.text()).toContain('[7 Overview]');
    expect(screen.text()).toContain('nothing is wrong');
    await screen.press(KEYS.shiftTab);
    expect(screen.text()).toContain('[6 Controllers 1]');
    expect(screen.text()).toContain('● 1 of 1');
    await screen.press('5');
    expect(screen.text()).toContain('[5 Services 1]');
  });

  it('moves with every key that fingers know', async () => {
    const screen = await open();
    const ips = Array.from({ length: 60 }, (_, i) => `10.0.1.${i}`);
    await screen.feed(() => screen.session.feed({ minions: ips.map(minion) }));
    await screen.press('3');
    const at = () => /10\.0\.1\.(\d+)/.exec(screen.selected())?.[1];
    const expectAt = async (key: string, row: string) => {
      await screen.press(key);
      expect(at()).toBe(row);
    };
    await expectAt('j', '1');
    await expectAt(KEYS.down, '2');
    await expectAt('k', '1');
    await expectAt(KEYS.up, '0');
    await expectAt('k', '0');
    await expectAt(KEYS.pageDown, '17');
    await expectAt('\x04', '25');
    await expectAt('\x15', '17');
    await expectAt(KEYS.pageUp, '0');
    await expectAt('G', '59');
    await expectAt('j', '59');
    await expectAt('g', '0');
    await screen.press('jjj');
    expect(at()).toBe('3');
    expect(screen.text()).toContain('of 60');
  });

  it('stays with the item when rows move, and takes the neighbour when it goes', async () => {
    const screen = await openHealthy();
    await screen.press('3', 'j');
    expect(screen.selected()).toContain('10.0.0.12');
    await screen.feed(() =>
      screen.session.feed({ minions: ['10.0.0.9', '10.0.0.12', '10.0.0.8', '10.0.0.13'].map(minion) }),
    );
    expect(screen.selected()).toContain('10.0.0.12');
    await screen.feed(() =>
      screen.session.feed({ minions: ['10.0.0.9', '10.0.0.8', '10.0.0.13'].map(minion) }),
    );
    expect(screen.selected()).toContain('10.0.0.13');
    await screen.feed(() => screen.session.feed({ minions: [] }));
    await screen.feed(() => screen.session.feed({ minions: ['10.0.0.13', '10.0.0.7'].map(minion) }));
    expect(screen.selected()).toContain('10.0.0.13');
  });

  it('zooms one pane and back', async () => {
    const screen = await openHealthy({ columns: 120, rows: 40 });
    for (const back of ['z', KEYS.esc]) {
      await screen.press('z');
      expect(screen.session.visible).toEqual(['machines']);
      await screen.press(back);
      expect(screen.session.visible).toHaveLength(4);
    }
  });
});

describe('filter', () => {
  it('takes a paste as text into a filter, and as nothing elsewhere', async () => {
    const screen = await open();
    feedHealthy(screen.session);
    await screen.clock.advance(100);
    await screen.press('2', '\x1b[200~qq\n', '\x1b[201~');
    expect(screen.quits).toBe(0);
    await screen.press('/', '\x1b[200~etcd\n', 'zz\x1b[201~');
    expect(screen.text()).toContain('/etcdzz');
    await screen.press('\rq\r');
    expect(screen.text()).toContain('/etcdzzq');
    expect(screen.quits).toBe(0);
  });

  it('narrows as it is typed, by text or regex, and Esc clears it', async () => {
    const screen = await openHealthy();
    await screen.press('2', '/', 'e', 't', 'c', 'd');
    expect(screen.text()).toContain('2 Units 2 of 4 /etcd');
    expect(screen.text()).not.toContain('fleet.service');
    expect(screen.lines().at(-1)).toContain('/etcd');
    await screen.press(KEYS.enter);
    expect(screen.lines().at(-1)).toContain('q quit');
    await screen.press(KEYS.esc);
    expect(screen.text()).toContain('fleet.service');
    await screen.press('/^(fleet|kube)', KEYS.enter);
    expect(screen.text()).toContain('2 of 4');
    await screen.press('/', '\x7f', '\x15', 'zzz');
    expect(screen.text()).toContain('nothing matches /zzz');
    await screen.press(KEYS.esc);
    expect(screen.text()).toContain('2 Units 4');
  });

  it('takes q and ? as text while typing, and Ctrl-C as quitting', async () => {
    const screen = await openHealthy();
    await screen.press('/', 'q', '?');
    expect(screen.quits).toBe(0);
    expect(screen.lines().at(-1)).toContain('/q?');
    await screen.press('\x03');
    expect(screen.quits).toBe(1);
  });
});

describe('details, problems, help', () => {
  it('shows all that is known of a row, whole', async () => {
    const screen = await openHealthy();
    await screen.press('d');
    expect(screen.text()).toContain(ID.master);
    expect(screen.text()).toContain('i-a1b2c3d4');
    await screen.press(KEYS.esc);
    expect(screen.text()).toContain('1 Machines 3');
  });

  it.each(['2', '3', '4', '5', '6'])('has details of pane %s', async (pane) => {
    const screen = await openHealthy();
    await screen.press(pane, 'd');
    expect(screen.text()).toContain('Details');
    expect(screen.lines().length).toBe(23);
  });

  it('tells what is wrong, why and what to do', async () => {
    const screen = await openHealthy();
    expect(screen.lines().at(-1)).not.toContain('problems');
    await screen.feed(() => screen.session.feed({ pods: [pod('web', null)] }));
    expect(screen.lines()[0]).toContain('▲ degraded: pod web is waiting');
    await screen.press('p');
    expect(screen.text()).toContain('no minion was found for it');
    expect(screen.text()).toContain('next: ');
  });

  it('lists every key, scrolls, and closes with ? and Esc', async () => {
    const screen = await openHealthy();
    await screen.press('?');
    expect(screen.text()).toContain('Help');
    expect(screen.text()).toContain("follow the unit's log");
    const first = screen.text();
    await screen.press('j', KEYS.pageDown);
    expect(screen.text()).not.toBe(first);
    await screen.press('G');
    expect(screen.text()).toContain('Symbols');
    await screen.press('?');
    expect(screen.text()).toContain('1 Machines 3');
    await screen.press('?', KEYS.esc);
    expect(screen.text()).toContain('1 Machines 3');
  });
});

describe('leaving', () => {
  it('quits with q and Ctrl-C, goes back with Esc when there is somewhere to go', async () => {
    let backs = 0;
    const screen = await openHealthy({ columns: 80, rows: 24 }, { back: () => (backs += 1) });
    expect(screen.lines().at(-1)).toContain('Esc back');
    await screen.press(KEYS.esc);
    expect(backs).toBe(1);
    await screen.press('q', '\x03');
    expect(screen.quits).toBe(2);
    const root = await openHealthy();
    expect(root.lines().at(-1)).not.toContain('Esc back');
  });

  it('asks the cluster again with r', async () => {
    const screen = await openHealthy();
    await screen.press('r');
    expect(screen.session.refreshes).toBe(1);
    expect(screen.text()).toContain('asking the cluster again');
    // Long enough to be read, whatever is pressed.
    await screen.press('j');
    expect(screen.text()).toContain('asking the cluster again');
    await screen.clock.advance(5_000);
    expect(screen.text()).not.toContain('asking the cluster again');
    await screen.press('N');
    expect(screen.text()).toMatch(/5 s ago +asking the cluster again/);
  });
});

describe('logs', () => {
  it('of a unit, on the node it runs on', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'j', 'l');
    expect(screen.session.tails[0]?.source).toEqual({
      unit: 'etcd.service',
      machineId: ID.one,
      ip: '10.0.0.11',
    });
    expect(screen.text()).toContain('etcd.service @ 10.0.0.11');
    expect(screen.text()).toContain('no lines yet');
    await screen.feed(() => screen.session.tails[0]?.push('first words', '中文 🚀'));
    expect(screen.text()).toContain('I first words');
    expect(screen.text()).toContain('I 中文 🚀');
    expect(screen.text()).toContain('● following');
    await screen.press(KEYS.esc);
    expect(screen.session.tails[0]?.closed).toBe(true);
    expect(screen.selected()).toContain('10.0.0.11');
  });

  it('of a unit on the master, without a jump', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'l');
    expect(screen.session.tails[0]?.source).toEqual({ unit: 'etcd.service', machineId: ID.master, ip: null });
    expect(screen.text()).toContain('etcd.service @ 10.0.0.10');
  });

  it.each([
    ['1', 'j', '10.0.0.11'],
    ['3', 'g', '10.0.0.11'],
    ['4', 'g', '10.0.0.11'],
  ])('of pane %s ask which unit of the node', async (pane, move, ip) => {
    const screen = await openHealthy();
    screen.session.units = [
      { name: 'docker.service', active: 'active', sub: 'running', description: 'Docker' },
      { name: 'etcd.service', active: 'failed', sub: 'failed', description: 'etcd' },
    ];
    await screen.press(pane, move, 'l');
    expect(screen.session.asked).toEqual([ip]);
    expect(screen.text()).toContain('✗ failed');
    expect(screen.text()).toContain('whole journal');
    await screen.press('j', KEYS.enter);
    expect(screen.session.tails[0]?.source).toMatchObject({ unit: 'etcd.service', ip });
    await screen.press(KEYS.esc);
    expect(screen.text()).toContain('Logs  of 10.0.0.11');
    await screen.press('/dock', KEYS.enter, 'l');
    expect(screen.session.tails[1]?.source.unit).toBe('docker.service');
    await screen.press(KEYS.esc, KEYS.esc, 'G', 'l');
    expect(screen.session.tails[2]?.source.unit).toBeNull();
  });

  it('say why there are none', async () => {
    const screen = await openHealthy();
    await screen.feed(() => screen.session.feed({ pods: [pod('web', null)] }));
    await screen.press('4', 'l');
    expect(screen.lines().at(-1)).toContain('web is on no minion yet');
    screen.session.units = new KubecoreError({
      what: 'the units were not listed',
      why: 'the link dropped',
      next: 'try again',
      fault: 'network',
    });
    await screen.press('1', 'l');
    expect(screen.text()).toContain('✗ the units were not listed');
    expect(screen.text()).toContain('next: try again');
  });

  it('pause and scroll without losing a line', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'l');
    const tail = screen.session.tails[0]!;
    await screen.feed(() => tail.push(...numbered(0, 100)));
    expect(screen.text()).toContain('line 99');
    await screen.press('f');
    await screen.feed(() => tail.push(...numbered(100, 140)));
    await screen.clock.advance(1_000);
    expect(screen.text()).toContain('paused, 40 new lines below');
    expect(screen.text()).toContain('line 99');
    expect(screen.text()).not.toContain('line 100');
    await screen.press(KEYS.pageDown);
    expect(screen.text()).toContain('line 100');
    await screen.press('g');
    expect(screen.text()).toMatch(/line 0\n/);
    await screen.press('j', 'k', KEYS.down, KEYS.up, '\x04', '\x15', KEYS.pageUp);
    expect(screen.text()).toMatch(/line 0\n/);
    await screen.press('G');
    expect(screen.text()).toContain('line 139');
    await screen.press(' ');
    expect(screen.text()).toContain('paused');
    await screen.press(' ');
    expect(screen.text()).toContain('● following');
  });

  it('wrap, change time, search, go from match to match', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'l');
    const tail = screen.session.tails[0]!;
    await screen.feed(() => tail.push('x'.repeat(150), ...numbered(0, 50), 'an error', 'fine'));
    await screen.press('g');
    expect(screen.lines()[3]).toMatch(/x…$/);
    await screen.press('\x1b[C');
    expect(screen.text()).toContain('from column 21');
    await screen.press('w');
    expect(screen.text()).toContain('wrapped');
    expect(screen.lines()[4]).toMatch(/^ {12}x+$/);
    await screen.press('t');
    expect(screen.text()).toContain('2014-11-22 16:33:23.500Z');
    await screen.press('t');
    expect(screen.text()).not.toContain('16:33:23');
    await screen.press('/error', KEYS.enter);
    expect(screen.text()).toContain('/error 1 match');
    expect(screen.text()).not.toContain('fine');
    await screen.press('&', 'g', 'n');
    expect(screen.text()).toContain('▸I an error');
    await screen.press('N', KEYS.esc);
    expect(screen.text()).not.toContain('/error');
    await screen.press('/nothing', KEYS.enter);
    expect(screen.text()).toContain('nothing matches /nothing');
  });

  it('say when the tail reconnects, ends or fails', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'l');
    const tail = screen.session.tails[0]!;
    await screen.feed(() =>
      tail.enter({ phase: 'resuming', at: screen.clock.now() + 3_000, why: 'the link dropped' }),
    );
    expect(screen.text()).toContain('▲ reconnecting in 3 s: the link dropped');
    await screen.feed(() => tail.enter({ phase: 'failed', error: down }));
    expect(screen.text()).toContain('✗ failed: fleet did not answer');
    expect(screen.text()).toContain('next: look at etcd.service');
  });

  it('draw many lines in few frames', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'l');
    const tail = screen.session.tails[0]!;
    const frames = screen.app.frames.length;
    for (let i = 0; i < 200; i++) tail.push(`line ${i}`);
    await screen.clock.advance(100);
    expect(screen.app.frames.length - frames).toBeLessThanOrEqual(2);
    expect(screen.text()).toContain('line 199');
  });

  it('are closed when the console goes', async () => {
    const screen = await openHealthy();
    await screen.press('2', 'l');
    screen.app.unmount();
    expect(screen.session.tails[0]?.closed).toBe(true);
  });
});
