/** What docker keeps of a container's output: its times, its bounds, and what a pod's program says without being run. */
import { expect, it } from 'vitest';
import type { Container } from '../../../src/sandbox/contract.ts';
import { keepLine, logLines } from '../../../src/sandbox/hosts/programs/container-log.ts';

const START = Date.UTC(2014, 10, 17, 10, 0, 0);
const container = (image: string, kind: 'pod' | 'run', more: Partial<Container> = {}): Container => ({
  id: 'a',
  name: 'a',
  image,
  command: '/bin/sh',
  createdAt: START,
  startedAt: START,
  finishedAt: null,
  exitCode: null,
  ports: [],
  owner: { kind, name: 'web' },
  logs: [],
  ...more,
});

it('keeps the last thousand lines with their times', () => {
  const one = container('busybox', 'run');
  for (let i = 0; i < 2_500; i++) keepLine(one, START + i, `line ${i}`);
  const lines = logLines(one, START + 9_999, false);
  expect(lines.length).toBeLessThanOrEqual(1000);
  expect(lines.at(-1)).toBe('line 2499');
  expect(logLines(one, START + 9_999, true).at(-1)).toBe('2014-11-17T10:00:02.499000000Z line 2499');
});

it('has the log of a pod go on with time, the same whenever it is looked at', () => {
  const often = container('nginx:1.7', 'pod');
  for (let at = START; at <= START + 60_000; at += 700) logLines(often, at, false);
  const once = container('nginx:1.7', 'pod');
  expect(logLines(often, START + 60_000, true)).toEqual(logLines(once, START + 60_000, true));
  expect(logLines(once, START + 60_000, false)).toHaveLength(7);
  expect(logLines(once, START + 60_000, false)[0]).toBe(
    '172.24.0.1 - - [17/Nov/2014:10:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/7.35.0"',
  );
});

it('ends with the container, and a network container says nothing', () => {
  const ended = container('dockerfile/redis', 'pod', { finishedAt: START + 10_000, exitCode: 0 });
  expect(logLines(ended, START + 3_600_000, false)).toEqual([
    '[1] 17 Nov 10:00:00.000 * The server is now ready to accept connections on port 6379',
    '[1] 17 Nov 10:00:10.000 - 1 clients connected (0 slaves), 801024 bytes in use',
  ]);
  expect(logLines(container('kubernetes/pause:latest', 'pod'), START + 60_000, false)).toEqual([]);
});

it('is bounded for a pod that ran for a year', () => {
  const old = container('nginx', 'pod');
  expect(logLines(old, START + 31_536_000_000, false).length).toBeLessThanOrEqual(1000);
});
