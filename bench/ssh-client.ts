/** Owns our side of the SSH figures: src/ssh as the program uses it, bundled by bench/ssh-sshd.mjs; prints one JSON line. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepHeapSteady } from '../src/cli/steady-heap.ts';
import { MASTER } from '../src/cluster/ports.ts';
import { createShell } from '../src/ssh/shell.ts';
import { createHostTrust } from '../src/ssh/trust.ts';

const [mode = '', port = '', user = '', key = '', knownHosts = '', ...rest] = process.argv.slice(2);
const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal ? { signal } : {}),
};
keepHeapSteady();
const shell = createShell({
  master: async () => ({ address: '127.0.0.1' }),
  user,
  port: Number(port),
  identities: [{ kind: 'file', path: key }],
  trust: createHostTrust({ ownFile: null, userFiles: [knownHosts], firstContact: async () => 'refuse' }),
  clock,
  random: Math.random,
});
const run = async (line: string) => {
  const { code } = await shell.run(MASTER, ['sh', '-c', line], { timeoutMs: 120_000 });
  if (code !== 0) throw new Error(`${line} ended with ${code}`);
};

const figures: Record<string, number> = {};
/** Milliseconds for `work`, with the connection made before when `connected`. */
const timed = async (name: string, work: () => Promise<unknown>) => {
  const startedAt = performance.now();
  await work();
  figures[name] = performance.now() - startedAt;
};

if (mode === 'one') await run(rest[0] ?? 'true');
else await run('true');
if (mode === 'many') {
  // rest: how many, how many at a time, the commands in turn.
  const [count = '', atOnce = '', ...lines] = rest;
  await timed('ms', async () => {
    let next = 0;
    const worker = async () => {
      while (next < Number(count)) await run(lines[next++ % lines.length] ?? 'true');
    };
    await Promise.all(Array.from({ length: Number(atOnce) }, worker));
  });
}
if (mode === 'follow') {
  let bytes = 0;
  await timed('ms', async () => {
    for await (const lines of shell.follow(MASTER, ['sh', '-c', rest[0] ?? ''])) {
      for (const line of lines) bytes += line.length + 1;
    }
  });
  figures.bytes = bytes;
}
if (mode === 'tail') {
  // Loaded here alone: the other figures have no use for it.
  const { openTail } = await import('../src/cluster/tail.ts');
  const source = { unit: null, machineId: '', ip: null };
  let kept = 0;
  await timed('ms', async () => {
    const tail = openTail({ shell, source, lines: 100, clock, random: Math.random, follow: false });
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const state = tail.state();
        if (state.phase === 'failed') reject(state.error);
        if (state.phase === 'ended') resolve();
      };
      tail.subscribe(look);
      look();
    });
    kept = tail.ring.end;
  });
  figures.lines = kept;
}
await shell.close();
figures.maxRssMb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify(figures)}\n`);
