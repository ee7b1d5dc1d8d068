/** An open log of the console: one source or several, units that move, beginnings, what is copied and saved. */
import { afterEach, describe, expect, it } from 'vitest';
import type { LogSource } from '../../../src/cluster/tail-contract.ts';
import { LOG_STARTS, LogSession } from '../../../src/ui/console/log-session.ts';
import type { LogTarget } from '../../../src/ui/console/state.ts';
import type { TailRequest } from '../../../src/ui/services.ts';
import { createTheme } from '../../../src/ui/theme.ts';
import { ID, type TestClock, type TestTail, testClock, testSession, unit } from './fakes.ts';

const source = (ip: string, machineId: string, name: string | null = 'web.service'): LogSource => ({
  unit: name,
  machineId,
  ip,
});
const ONE = source('10.0.0.11', ID.one);
const TWO = source('10.0.0.12', ID.two);
const size = { columns: 80, rows: 12 };

const open: LogSession[] = [];
afterEach(() => {
  for (const log of open.splice(0)) log.close();
});

function opened(target: LogTarget) {
  const clock = testClock();
  const session = testSession(clock);
  const requests: TailRequest[] = [];
  let draws = 0;
  const log = new LogSession({
    target,
    tail: (from, request) => {
      requests.push(request);
      return session.tail(from, request);
    },
    clock,
    theme: createTheme(false),
    onChange: () => {
      draws += 1;
    },
  });
  open.push(log);
  const text = (): string[] =>
    log
      .lines(size, clock.now())
      .slice(2)
      .map((line) => line.trimEnd());
  return {
    log,
    clock,
    session,
    requests,
    text,
    title: () => log.lines(size, clock.now()).slice(0, 2).join('\n'),
    draws: () => draws,
  };
}

const single: LogTarget = { label: 'web.service @ 10.0.0.11', sources: [ONE], moving: [] };
const pair: LogTarget = { label: '2 logs: web.service', sources: [ONE, TWO], moving: [] };

const at = (second: number, message: string, from: LogSource = ONE) => ({
  timeUs: Date.UTC(2014, 10, 22, 16, 0, second) * 1000,
  machineId: from.machineId,
  ip: from.ip,
  unit: from.unit ?? 'x.service',
  identifier: 'web',
  message,
});

/** Lets what came be merged. */
async function settle(clock: TestClock): Promise<void> {
  for (let i = 0; i < 20; i++) await clock.advance(100);
}

describe('several sources', () => {
  it('are shown in order of time, each line with its own short name', async () => {
    const { session, text, clock, title } = opened(pair);
    const [one, two] = session.tails as [TestTail, TestTail];
    one.push(at(1, 'first'), at(4, 'fourth'));
    two.push(at(2, 'second', TWO), at(3, 'third', TWO));
    await settle(clock);
    expect(text()).toEqual([
      ' 10.0.0.11 16:00:01 I first',
      ' 10.0.0.12 16:00:02 I second',
      ' 10.0.0.12 16:00:03 I third',
      ' 10.0.0.11 16:00:04 I fourth',
    ]);
    expect(title()).toContain('2 sources');
  });

  it('say which of them is not read, while the others are', async () => {
    const { session, clock, title } = opened(pair);
    session.tails[1]?.enter({ phase: 'resuming', at: clock.now() + 5_000, why: 'the link dropped' });
    await settle(clock);
    expect(title()).toContain('following');
    expect(title()).toContain('10.0.0.12 reconnecting');
  });

  it('has no names where there is one source', async () => {
    const { session, text, clock } = opened(single);
    session.tails[0]?.push(at(1, 'alone'));
    await settle(clock);
    expect(text()).toEqual([' 16:00:01 I alone']);
  });
});

describe('a unit that moves', () => {
  it('is followed to its new machine, and nothing that was read is lost', async () => {
    const { log, session, text, clock, title } = opened({ ...single, moving: ['web.service'] });
    session.tails[0]?.push(at(1, 'here'));
    await settle(clock);
    session.feed({ units: [unit('web.service', '10.0.0.12', { source: 'fleet' })] });
    log.clusterChanged(session.store.get());
    expect(session.tails.map((tail) => tail.source.ip)).toEqual(['10.0.0.11', '10.0.0.12']);
    session.tails[1]?.push(at(9, 'there', TWO));
    await settle(clock);
    expect(text().join('\n')).toMatch(/here[\s\S]*read on 10\.0\.0\.12 now[\s\S]*there/);
    expect(title()).toContain('web.service @ 10.0.0.12');
    // The old tail is read on for its last lines, then closed.
    await clock.advance(12_000);
    expect(session.tails[0]?.closed).toBe(true);
    expect(session.tails[1]?.closed).toBe(false);
  });

  it('stays where it was while fleet has it nowhere', async () => {
    const { log, session } = opened({ ...single, moving: ['web.service'] });
    session.feed({ units: [] });
    log.clusterChanged(session.store.get());
    expect(session.tails).toHaveLength(1);
    expect(session.tails[0]?.closed).toBe(false);
  });

  it('is not sought when it was opened on one machine only', async () => {
    const { log, session } = opened(single);
    session.feed({ units: [unit('web.service', '10.0.0.12')] });
    log.clusterChanged(session.store.get());
    expect(session.tails).toHaveLength(1);
  });
});

describe('beginnings', () => {
  it('read the log anew from where was asked', async () => {
    const { log, session, requests, title, clock } = opened(single);
    expect(requests[0]).toMatchObject({ lines: 1_000 });
    const five = LOG_STARTS.find(({ key }) => key === '3')!;
    log.begin(five);
    await settle(clock);
    expect(session.tails[0]?.closed).toBe(true);
    expect(requests[1]).toMatchObject({ since: '5 minutes ago', lines: 100_000 });
    expect(title()).toContain('since 5 min');
  });

  it('from the first line holds there', async () => {
    const { log, session, text, clock } = opened(single);
    log.begin(LOG_STARTS.find(({ key }) => key === '1')!);
    session.tails[1]?.push(...Array.from({ length: 50 }, (_, i) => at(i, `line ${i}`)));
    await settle(clock);
    expect(text()[0]).toContain('line 0');
    expect(log.view.follow).toBe(false);
  });
});

describe('copying and saving', () => {
  it('takes the newest line that shows, or the marked range', async () => {
    const { log, session, clock, text, title } = opened(single);
    session.tails[0]?.push(...Array.from({ length: 30 }, (_, i) => at(i, `line ${i}\u001b[2J`)));
    await settle(clock);
    text();
    expect(log.copied()).toEqual(['2014-11-22T16:00:29.000Z 10.0.0.11 web: line 29␛[2J']);
    log.dispatch({ type: 'toggle-mark' });
    log.dispatch({ type: 'scroll', rows: -2 });
    expect(log.copied().map((line) => line.slice(-10))).toEqual(
      ['line 27␛[2J', 'line 28␛[2J', 'line 29␛[2J'].map((t) => t.slice(-10)),
    );
    expect(title()).toContain('3 lines marked');
    expect(text().filter((line) => /^[▸┃]/.test(line))).toHaveLength(3);
    log.dispatch({ type: 'toggle-mark' });
    expect(log.saved()).toHaveLength(30);
  });

  it('saves what the filter and the priority leave', async () => {
    const { log, session, clock } = opened(single);
    session.tails[0]?.push(
      { ...at(1, 'bad one'), priority: 3 },
      { ...at(2, 'good one'), priority: 6 },
      { ...at(3, 'bad two'), priority: 3 },
    );
    await settle(clock);
    log.dispatch({ type: 'priority', by: -1 });
    expect(log.saved().map((line) => line.split(': ')[1])).toEqual(['bad one', 'bad two']);
    log.dispatch({ type: 'pattern', pattern: 'two$' });
    expect(log.saved().map((line) => line.split(': ')[1])).toEqual(['bad two']);
  });
});

describe('a flood', () => {
  it('of 100,000 lines is held whole, drawn a few times, and searched in steps', async () => {
    const { log, session, clock, draws, text, title } = opened(single);
    const many = Array.from({ length: 100_000 }, (_, i) => ({ ...at(0, `line ${i}`), timeUs: i }));
    const ring = session.tails[0]!.ring;
    // The ring of a test holds 1,000: it comes in pieces, as from the network.
    for (let from = 0; from < many.length; from += 1_000) {
      session.tails[0]?.push(...many.slice(from, from + 1_000));
      expect(ring.end).toBe(from + 1_000);
    }
    await settle(clock);
    expect(draws()).toBeLessThan(40);
    expect(title()).toContain('100,000 lines');
    expect(text().at(-1)).toContain('line 99999');
    log.dispatch({ type: 'pattern', pattern: 'line 4242$' });
    // Each frame looks at a part; keys are answered between them.
    log.lines(size, clock.now());
    expect(title()).toContain('still to search');
    for (let i = 0; i < 20; i++) log.lines(size, clock.now());
    expect(title()).toContain('1 match');
    expect(text()[0]).toContain('line 4242');
  });
});
