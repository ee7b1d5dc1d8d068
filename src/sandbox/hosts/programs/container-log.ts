/**
 * Owns what docker keeps of a container's output: each line with its time, as `docker logs -t` prints it; and what the
 * programs of a pod's images say, made when it is asked for, so that thousands of pods cost nothing meanwhile.
 */
import type { Container } from '../../contract.ts';

/** Lines that docker keeps here; the real one keeps all. */
const KEPT = 1000;
/** Simulated time between two lines of a pod's container. */
const EVERY_MS = 10_000;

/** Docker 1.3 prints RFC 3339 with nanoseconds. */
const stamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '000000Z');
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{6}Z /;

export function keepLine(container: Container, now: number, line: string): void {
  container.logs.push(`${stamp(now)} ${line}`);
  if (container.logs.length > KEPT) container.logs.splice(0, 200);
}

/** When a kept line was written; null for one that was kept without its time. */
function timeOf(line: string | undefined): number | null {
  const found = line === undefined ? null : STAMP.exec(line);
  return found === null ? null : Date.parse(`${found[1]}Z`);
}

const pad = (value: number): string => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The n-th line, from 0, that an image's program writes; null for one that writes none. */
function lineOf(image: string, n: number, ms: number): string | null {
  const at = new Date(ms);
  const day = `${pad(at.getUTCDate())}${image.includes('redis') ? ' ' : '/'}${MONTHS[at.getUTCMonth()]}`;
  const time = at.toISOString().slice(11, 19);
  // The network container of a pod only waits.
  if (/(^|\/)pause(:|$)/.test(image)) return null;
  if (image.includes('redis')) {
    const said =
      n === 0
        ? '* The server is now ready to accept connections on port 6379'
        : `- ${n % 4} clients connected (0 slaves), ${800_000 + (n % 7) * 1_024} bytes in use`;
    return `[1] ${day} ${time}.${String(at.getUTCMilliseconds()).padStart(3, '0')} ${said}`;
  }
  const path = ['/', '/index.html', '/favicon.ico'][n % 3]!;
  return `172.24.0.1 - - [${day}/${at.getUTCFullYear()}:${time} +0000] "GET ${path} HTTP/1.1" ${n % 3 === 2 ? '404 168' : '200 612'} "-" "curl/7.35.0"`;
}

/** Keeps what a pod's container has said until now. Containers of units and of `docker run` are written to as they run. */
function catchUp(container: Container, now: number): void {
  if (container.owner.kind !== 'pod' || container.startedAt === null) return;
  const { startedAt, image } = container;
  const until = container.finishedAt ?? now;
  const last = timeOf(container.logs.at(-1));
  const said = last === null || last < startedAt ? 0 : Math.floor((last - startedAt) / EVERY_MS) + 1;
  const ready = Math.floor((until - startedAt) / EVERY_MS);
  for (let n = Math.max(said, ready - KEPT + 1); n <= ready; n++) {
    const at = startedAt + n * EVERY_MS;
    const line = lineOf(image, n, at);
    if (line === null) return;
    keepLine(container, at, line);
  }
}

/** All lines that are kept, oldest first, with their times in front or without. */
export function logLines(container: Container, now: number, withTimes: boolean): readonly string[] {
  catchUp(container, now);
  return withTimes ? container.logs : container.logs.map((line) => line.replace(STAMP, ''));
}
