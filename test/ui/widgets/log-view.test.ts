/** The log view: follow, pause, scroll and search lose nothing that the ring holds, and draw only what fits. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { KubecoreError } from '../../../src/cluster/errors.ts';
import { createTheme } from '../../../src/ui/theme.ts';
import {
  INITIAL_LOG_VIEW,
  type LogAction,
  type LogViewState,
  reduceLogView,
} from '../../../src/ui/widgets/log-view.ts';
import { LogPainter, logTitle, stateWords } from '../../../src/ui/widgets/log-view-draw.ts';
import { numbered, type TestRing, testRing } from './log-ring.ts';

const theme = createTheme(false);
const geometry = { width: 60, height: 5 };

function viewer(ring: TestRing, size = geometry) {
  const painter = new LogPainter({ ring, unitOf: () => 'etcd.service', theme });
  let state: LogViewState = { ...INITIAL_LOG_VIEW, timestamps: 'none' };
  return {
    act(...actions: LogAction[]) {
      for (const action of actions) state = reduceLogView(state, action, painter.window(state, size));
    },
    lines: () => painter.lines(state, size),
    texts: () => painter.lines(state, size).map((line) => line.trim().replace(/^▸?[A-Z] /, '')),
    get state() {
      return state;
    },
    painter,
  };
}

describe('following', () => {
  it('shows the newest lines', () => {
    const ring = testRing();
    ring.push(...numbered(0, 20));
    const view = viewer(ring);
    expect(view.texts()).toEqual(numbered(15, 20));
    ring.push('line 20');
    expect(view.texts()).toEqual(numbered(16, 21));
  });

  it('shows what there is when it is less than the screen', () => {
    const ring = testRing();
    ring.push('only');
    expect(viewer(ring).texts()).toEqual(['only']);
    expect(viewer(testRing()).texts()).toEqual([]);
  });
});

describe('pausing', () => {
  it('holds the lines still while others come, counts them, and finds them all again', () => {
    const ring = testRing();
    ring.push(...numbered(0, 20));
    const view = viewer(ring);
    view.act({ type: 'toggle-follow' });
    ring.push(...numbered(20, 50));
    expect(view.texts()).toEqual(numbered(15, 20));
    expect(stateWords(view.state, { phase: 'following' }, ring, 0).text).toBe('Ⅱ paused, 30 new lines below');
    view.act({ type: 'scroll', rows: 5 });
    expect(view.texts()).toEqual(numbered(20, 25));
    view.act({ type: 'toggle-follow' });
    expect(view.texts()).toEqual(numbered(45, 50));
  });

  it('comes from scrolling up, and stays at the oldest line when the ring drops what was looked at', () => {
    const ring = testRing(20);
    ring.push(...numbered(0, 20));
    const view = viewer(ring);
    view.act({ type: 'scroll', rows: -3 });
    expect(view.state.follow).toBe(false);
    expect(view.texts()).toEqual(numbered(12, 17));
    ring.push(...numbered(20, 35));
    expect(view.texts()).toEqual(numbered(15, 20));
    const title = logTitle({
      label: 'x',
      view: view.state,
      tail: { phase: 'following' },
      ring,
      search: { count: null, behind: 0 },
      marked: null,
      cut: false,
      now: 0,
      width: 80,
      theme,
    });
    expect(title[1]).toContain('15 older lines left the ring');
  });

  it('reaches every line by paging from the first', () => {
    const ring = testRing();
    ring.push(...numbered(0, 23));
    const view = viewer(ring);
    const seen = new Set<string>();
    view.act({ type: 'top' });
    for (let i = 0; i < 10; i++) {
      for (const text of view.texts()) seen.add(text);
      view.act({ type: 'page', pages: 1 });
    }
    expect([...seen]).toEqual(numbered(0, 23));
    view.act({ type: 'follow' });
    expect(view.state.follow).toBe(true);
  });
});

describe('long lines', () => {
  it('are cut, moved sideways, or wrapped without losing a character', () => {
    const ring = testRing();
    const long = Array.from({ length: 200 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
    ring.push(long);
    const view = viewer(ring);
    expect(view.lines()[0]).toMatch(/…$/);
    view.act({ type: 'sideways', cells: 20 });
    expect(view.texts()[0]).toContain(long.slice(21, 50));
    view.act({ type: 'toggle-wrap' });
    expect(view.texts().join('')).toBe(long);
  });

  it('can be scrolled row by row when they are higher than the screen, at 64 KiB', () => {
    const ring = testRing();
    ring.push('before', '漢'.repeat(21_845), 'x'.repeat(65_536));
    const view = viewer(ring);
    view.act({ type: 'toggle-wrap' });
    expect(view.lines()).toHaveLength(5);
    view.act({ type: 'top' });
    expect(view.texts()[0]).toBe('before');
    view.act({ type: 'page', pages: 3 });
    expect(view.lines()).toHaveLength(5);
    expect(view.texts()[0]).toMatch(/^漢+$/);
  });
});

describe('search', () => {
  const fed = () => {
    const ring = testRing(100);
    for (let i = 0; i < 60; i++) ring.push(i % 10 === 3 ? `error ${i}` : `fine ${i}`);
    return ring;
  };

  it('shows only matching lines, then all with the matches marked', () => {
    const ring = fed();
    const view = viewer(ring);
    view.act({ type: 'pattern', pattern: 'err' });
    expect(view.texts()).toEqual(['error 13', 'error 23', 'error 33', 'error 43', 'error 53']);
    expect(view.painter.search.count).toBe(6);
    ring.push('ERROR 60');
    expect(view.texts().at(-1)).toBe('ERROR 60');
    view.act({ type: 'toggle-only-matches' });
    expect(view.texts()).toEqual(['fine 56', 'fine 57', 'fine 58', 'fine 59', 'ERROR 60']);
  });

  it('goes from match to match both ways, and stops at the last', () => {
    const view = viewer(fed());
    view.act(
      { type: 'pattern', pattern: 'error' },
      { type: 'toggle-only-matches' },
      { type: 'match', direction: -1 },
    );
    expect(view.lines().filter((line) => line.startsWith('▸'))).toEqual(['▸I error 53']);
    view.act({ type: 'match', direction: -1 });
    expect(view.lines().some((line) => line.startsWith('▸I error 43'))).toBe(true);
    view.act(
      { type: 'match', direction: 1 },
      { type: 'match', direction: 1 },
      { type: 'match', direction: 1 },
    );
    expect(view.lines().some((line) => line.startsWith('▸I error 53'))).toBe(true);
  });

  it('takes a broken pattern literally, and forgets matches that left the ring', () => {
    const ring = testRing(10);
    ring.push('a(b', 'other');
    const view = viewer(ring);
    view.act({ type: 'pattern', pattern: 'a(b' });
    expect(view.texts()).toEqual(['a(b']);
    ring.push(...numbered(0, 10));
    expect(view.texts()).toEqual([]);
    expect(view.painter.search.count).toBe(0);
  });

  it('marks matches without breaking the colours of the log', () => {
    const ring = testRing();
    ring.push('\x1b[31m31 red\x1b[0m');
    const painter = new LogPainter({ ring, unitOf: () => null, theme: createTheme(true) });
    const state: LogViewState = { ...INITIAL_LOG_VIEW, pattern: '3' };
    expect(painter.lines(state, geometry)[0]).toContain('\x1b[7m3\x1b[27m1 red');
  });
});

describe('drawing', () => {
  it('says time, priority and writer, and keeps hostile text harmless', () => {
    const ring = testRing();
    ring.push(
      { message: 'boom\x1b[2J\x07', priority: 3 },
      { message: 'x', identifier: 'bash', priority: null },
    );
    const painter = new LogPainter({ ring, unitOf: () => 'etcd.service', theme });
    expect(painter.lines(INITIAL_LOG_VIEW, geometry)).toEqual([
      ' 16:33:23 E boom␛[2J␇',
      ' 16:33:23   bash: x',
    ]);
    const full = painter.lines({ ...INITIAL_LOG_VIEW, timestamps: 'full' }, geometry);
    expect(full[0]).toBe(' 2014-11-22 16:33:23.500Z E boom␛[2J␇');
  });

  it('never draws wider or higher than asked, whatever comes and whatever is pressed', () => {
    const message = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom('漢字'.repeat(50), '👩‍👩‍👧🚀', '\x1b[31mred', 'plain'),
    );
    const action: fc.Arbitrary<LogAction> = fc.oneof(
      fc.record({ type: fc.constant('scroll' as const), rows: fc.integer({ min: -20, max: 20 }) }),
      fc.record({ type: fc.constant('page' as const), pages: fc.constantFrom(-1, -0.5, 0.5, 1) }),
      fc.record({ type: fc.constant('pattern' as const), pattern: fc.constantFrom('', 'red', '字', '[') }),
      fc.record({ type: fc.constant('match' as const), direction: fc.constantFrom(1 as const, -1 as const) }),
      fc.record({ type: fc.constant('sideways' as const), cells: fc.constantFrom(20, -20) }),
      fc.constantFrom<LogAction>(
        { type: 'top' },
        { type: 'follow' },
        { type: 'toggle-follow' },
        { type: 'toggle-wrap' },
        { type: 'next-timestamps' },
        { type: 'toggle-only-matches' },
      ),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            message.map((text) => ({ message: text })),
            action.map((act) => ({ act })),
          ),
          { maxLength: 60 },
        ),
        fc.integer({ min: 20, max: 80 }),
        (steps, width) => {
          const ring = testRing(15);
          const view = viewer(ring, { width, height: 7 });
          for (const step of steps) {
            if ('act' in step) view.act(step.act);
            else ring.push(step.message);
            const lines = view.lines();
            expect(lines.length).toBeLessThanOrEqual(7);
            for (const line of lines) {
              expect(stringWidth(line)).toBeLessThanOrEqual(width);
              expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
            }
            if (view.state.pattern === '' && ring.end - ring.first >= 7) expect(lines).toHaveLength(7);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('state in words', () => {
  const ring = testRing();
  it.each([
    [{ phase: 'connecting' as const }, '◌ connecting'],
    [{ phase: 'following' as const }, '● following'],
    [
      { phase: 'resuming' as const, at: 4_200, why: 'the connection was reset' },
      '▲ reconnecting in 5 s: the connection was reset',
    ],
    [{ phase: 'ended' as const }, '○ ended'],
    [
      {
        phase: 'failed' as const,
        error: new KubecoreError({ what: 'no log', why: 'no such unit', next: '', fault: 'node' }),
      },
      '✗ failed: no log: no such unit',
    ],
  ])('%j', (tail, words) => expect(stateWords(INITIAL_LOG_VIEW, tail, ring, 0).text).toBe(words));

  it('fits its title to any width', () => {
    for (let width = 40; width < 140; width++) {
      const lines = logTitle({
        label: 'kube-controller-manager.service @ 10.0.0.12',
        view: { ...INITIAL_LOG_VIEW, follow: false, pattern: 'x' },
        tail: { phase: 'resuming', at: 1, why: 'a long story about a connection that was lost' },
        ring,
        search: { count: 3, behind: 0 },
        marked: null,
        cut: true,
        now: 0,
        width,
        theme,
      });
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
  });
});

describe('priorities', () => {
  it('leave out what is not grave enough, with a pattern too', () => {
    const ring = testRing();
    ring.push(
      { message: 'debug', priority: 7 },
      { message: 'info' },
      { message: 'warned', priority: 4 },
      { message: 'failed', priority: 3 },
      { message: 'said by nobody', priority: null },
    );
    const view = viewer(ring);
    view.act({ type: 'priority', by: 1 });
    expect(view.texts()).toEqual(['info', 'warned', 'failed', 'said by nobody']);
    view.act({ type: 'priority', by: 1 }, { type: 'priority', by: 1 });
    expect(view.texts()).toEqual(['warned', 'failed']);
    view.act({ type: 'pattern', pattern: 'fail' });
    expect(view.texts()).toEqual(['failed']);
    view.act({ type: 'toggle-only-matches' });
    expect(view.texts()).toEqual(['warned', 'failed']);
    view.act({ type: 'pattern', pattern: '' }, { type: 'priority', by: 1 }, { type: 'priority', by: 1 });
    expect(view.texts()).toHaveLength(5);
  });
});

describe('marking', () => {
  it('holds the view, extends by moving, scrolls along, and ends', () => {
    const ring = testRing();
    ring.push(...numbered(0, 20));
    const view = viewer(ring);
    view.act({ type: 'toggle-mark' });
    expect(view.state).toMatchObject({ follow: false, mark: { anchor: 19, cursor: 19 } });
    view.act({ type: 'scroll', rows: -7 });
    expect(view.state.mark).toEqual({ anchor: 19, cursor: 12 });
    expect(view.texts()[0]).toBe('line 12');
    expect(view.painter.texts(view.state, geometry)).toHaveLength(8);
    expect(view.painter.marked(view.state, geometry)).toBe(8);
    view.act({ type: 'top' });
    expect(view.painter.marked(view.state, geometry)).toBe(20);
    view.act({ type: 'follow' });
    expect(view.state.mark).toEqual({ anchor: 19, cursor: 19 });
    view.act({ type: 'toggle-mark' });
    expect(view.state.mark).toBeNull();
  });

  it('counts only lines that show', () => {
    const ring = testRing();
    ring.push(...Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `even ${i}` : `odd ${i}`)));
    const view = viewer(ring);
    view.act({ type: 'pattern', pattern: 'even' }, { type: 'toggle-mark' }, { type: 'scroll', rows: -3 });
    expect(view.painter.marked(view.state, geometry)).toBe(4);
    expect(view.painter.texts(view.state, geometry).every((line) => line.includes('even'))).toBe(true);
  });
});

describe('a pattern that backtracks for ever elsewhere', () => {
  it('answers at once', () => {
    const ring = testRing();
    ring.push('a'.repeat(60_000), 'aab');
    const view = viewer(ring);
    const before = performance.now();
    view.act({ type: 'pattern', pattern: '(a+)+b$' });
    expect(view.texts()).toEqual(['aab']);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
