/** What the console says by itself: once when it begins, once when it is over. */
import { expect, test } from 'vitest';
import type { Kind } from '../../../src/cluster/model.ts';
import type { ClusterView, Pulse } from '../../../src/cluster/store-contract.ts';
import { lookForAlerts, NO_ALERTS } from '../../../src/ui/console/alerts.ts';
import { NO_HISTORY, noteProblems, noteRowChanges } from '../../../src/ui/console/history.ts';
import { addNotice, NO_NOTICES, readingMs, shownNotice } from '../../../src/ui/console/notices.ts';
import { feedHealthy, ID, machine, testClock, testSession } from './fakes.ts';

const quick: Pulse = { askedSince: null, tookMs: 60, everyMs: 2_000 };

function watching() {
  const session = testSession(testClock());
  feedHealthy(session);
  let state = NO_ALERTS;
  return {
    session,
    look(
      pulses: Partial<Record<Kind, Pulse>>,
      now: number,
      change: Partial<ClusterView> = {},
    ): readonly string[] {
      const view = { ...session.store.get(), ...change };
      const found = lookForAlerts(state, view, (kind) => pulses[kind] ?? quick, now);
      state = found.state;
      return found.alerts.map(({ text }) => text);
    },
  };
}

test('tools that hang are said once, together, and when they answer again', () => {
  const { look } = watching();
  const hanging = { askedSince: 0, tookMs: null, everyMs: 2_000 };
  expect(look({ pods: hanging, minions: hanging }, 5_000)).toEqual([]);
  expect(look({ pods: hanging, minions: hanging }, 13_000)).toEqual([
    'no answer for 12 s from kubecfg (list minions, list pods); the other panes go on',
  ]);
  expect(look({ pods: hanging, minions: hanging }, 14_000)).toEqual([]);
  expect(look({ pods: hanging }, 15_000)).toEqual(['kubecfg (list minions) answers again']);
});

test('a slow tool is said with the interval that spares the master', () => {
  const { look } = watching();
  const slow = { askedSince: null, tookMs: 28_000, everyMs: 84_000 };
  expect(look({ pods: slow }, 30_000)).toEqual([
    'kubecfg (list pods) took 28 s: to spare the master it is asked every 1 min',
  ]);
  expect(look({ pods: slow }, 31_000)).toEqual([]);
  expect(look({}, 120_000)).toEqual(['kubecfg (list pods) answers again']);
});

test('a quorum that is lost, a link that drops, a master that is replaced', () => {
  const { look } = watching();
  look({}, 0);
  const lost = { agrees: false, why: 'nothing is written' } as const;
  expect(look({}, 1_000, { etcd: lost })[0]).toContain('etcd has no quorum');
  expect(look({}, 2_000, { etcd: lost })).toEqual([]);
  expect(look({}, 3_000, { etcd: { agrees: true } })).toEqual(['etcd has a quorum again']);
  const away = { phase: 'reconnecting', to: 'x', at: 9_000, why: 'it dropped', attempt: 1 } as const;
  const silent = { askedSince: 0, tookMs: null, everyMs: 2_000 };
  expect(look({ pods: silent }, 60_000, { connection: away })[0]).toContain('the link to the master dropped');
  expect(look({ pods: silent }, 61_000, { connection: away })).toEqual([]);
  expect(look({}, 121_000)).toEqual(['the link is back after 1 min']);
  const other = { status: 'live', asOf: 0, data: [machine(ID.two, '10.0.0.20', 'master')] } as const;
  expect(look({}, 122_000, { machines: other })).toEqual(['the master was replaced: it is 10.0.0.20 now']);
});

test('a notice shows as long as it takes to read, unless it is dismissed', () => {
  const long = { text: 'x'.repeat(200), tone: 'warn' } as const;
  const notices = addNotice(addNotice(NO_NOTICES, { text: 'short', tone: 'ok' }, 0), long, 1_000);
  expect(shownNotice(notices, 1_500)?.text).toBe(long.text);
  expect(shownNotice(notices, 1_000 + readingMs(long) - 1)?.text).toBe(long.text);
  expect(shownNotice(notices, 1_000 + readingMs(long))).toBeNull();
  expect(shownNotice({ ...notices, read: notices.said }, 1_500)).toBeNull();
  expect(notices.list).toHaveLength(2);
});

test('problems are known since when they began, and kept when they are over', () => {
  const problem = (what: string) => ({ what, why: 'so it is', next: 'mend it', about: null });
  const begun = noteProblems(NO_HISTORY, [problem('a'), problem('b')], 1_000);
  expect(noteProblems(begun, [problem('a'), problem('b')], 2_000)).toBe(begun);
  const later = noteProblems(begun, [problem('b'), problem('c')], 5_000);
  expect(later.list.map(({ what, at, until }) => [what, at, until])).toEqual([
    ['c', 5_000, null],
    ['b', 1_000, null],
    ['a', 1_000, 5_000],
  ]);
  const changed = noteRowChanges(
    later,
    [{ about: { kind: 'pods', key: 'web' }, label: 'web', from: 'Waiting', to: 'Running' }],
    6_000,
  );
  expect(changed.list.map(({ what }) => what)).toEqual(['c', 'b', 'web is Running', 'a']);
  const many = Array.from({ length: 30 }, (_, i) => ({
    about: { kind: 'pods' as const, key: `p${i}` },
    label: `p${i}`,
    from: i < 10 ? null : 'Running',
    to: i < 20 ? 'Waiting' : null,
  }));
  const [, , told] = noteRowChanges(changed, many, 7_000).list;
  expect(told).toMatchObject({ what: '30 pods changed', why: '10 came, 10 went, 10 are in another state' });
});
