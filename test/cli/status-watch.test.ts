/** Holds `status --watch` to what it prints: changes in a pipe, a redraw that fits on a terminal. */
import { expect, test } from 'vitest';
import { changes, redrawn, watchStatus } from '../../src/cli/commands/status-watch.ts';
import { KINDS } from '../../src/cluster/model.ts';
import { snapshot, statusDocument } from '../../src/cluster/status.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { cluster, clusterAnswers, minionList, podList, type Replaced } from '../helpers/fake-cluster.ts';
import { fakeShell } from '../helpers/fake-shell.ts';

const view = (replaced: Replaced) =>
  snapshot({
    shell: fakeShell(clusterAnswers(() => replaced)),
    cloud: null,
    cluster,
    clock: fakeClock(),
    random: () => 0.5,
  });
const document = async (replaced: Replaced) => statusDocument(await view(replaced), cluster, 0);

test('each difference is a line', async () => {
  const before = await document({ 'list pods': podList({ id: 'old', status: 'Running', host: '10.0.0.2' }) });
  const after = await document({
    'list minions': minionList('10.0.0.2'),
    'list pods': podList({ id: 'new', status: 'Waiting', host: '10.0.0.2' }),
  });
  expect(changes(before, before)).toEqual([]);
  expect(changes(before, after)).toEqual([
    'the cluster is degraded (was healthy)',
    'problem: 1 minion is not registered: fleet lists 10.0.0.3 with role minion, kubecfg does not',
    expect.stringMatching(/^problem: pod new is waiting/),
    'minion 10.0.0.3 is gone',
    'pod new is new',
    'pod old is gone',
  ]);
  expect(changes(after, before)).toContain('no more: 1 minion is not registered');
  const other = await document({ 'list pods': podList({ id: 'old', status: '\x1b[2JGone', host: '' }) });
  const line = changes(before, other).find((text) => text.startsWith('pod old:'));
  expect(line).toMatch(/host none \(was 10\.0\.0\.2\), status .*Gone \(was Running\)/);
  expect(line).not.toContain('\x1b');
});

test('a redraw fits the terminal', () => {
  const text = `${Array.from({ length: 9 }, (_, i) => `line ${i} is a long one`).join('\n')}\n`;
  const drawn = redrawn(text, { columns: 10, rows: 5 });
  expect(drawn).toBe('\x1b[Hline 0 is…\x1b[K\nline 1 is…\x1b[K\nline 2 is…\x1b[K\n… 6 more …\x1b[K\x1b[J');
  expect(redrawn('a\n', { columns: 10, rows: 5 })).toBe('\x1b[Ha\x1b[K\x1b[J');
});

test('in a pipe: the report, then changes only, until the signal', async () => {
  const clock = fakeClock();
  const abort = new AbortController();
  const out: string[] = [];
  const looks: Replaced[] = [{}, {}, { 'list minions': minionList('10.0.0.2') }];
  let look = 0;
  const code = watchStatus({
    io: {
      format: 'text',
      stdoutIsTTY: false,
      color: false,
      out: async (text) => void out.push(text),
      record: async () => {},
      note: () => {},
    },
    size: () => ({ columns: 80, rows: 24 }),
    signal: abort.signal,
    clock,
    look: () => view(looks[Math.min(look++, looks.length - 1)] ?? {}),
    cluster,
    kinds: KINDS,
    place: [],
  });
  while (look < 5) await clock.advance(500);
  abort.abort('SIGINT');
  expect(await code).toBe(130);
  expect(out[0]).toMatch(/^kubernetes \(eu-west-1\) is healthy/);
  expect(out.slice(1).join('')).toMatch(/the cluster is degraded \(was healthy\)\n/);
  expect(out.filter((line) => line.includes('is degraded'))).toHaveLength(1);
});
