import { expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { openTail, type TailOptions } from '../../src/cluster/tail.ts';
import type { Tail } from '../../src/cluster/tail-contract.ts';
import { fakeClock, noChance, settle } from '../helpers/fake-clock.ts';
import { bytes, type Call, type FakeShell, fakeShell, lost } from '../helpers/fake-shell.ts';

const MACHINE = '4f13622584274f69ba6f7da79e774c8e';
const source = { unit: 'myapp.service', machineId: MACHINE, ip: '10.0.0.2' };

const line = (n: number): Uint8Array =>
  bytes(
    JSON.stringify({ MESSAGE: `line ${n}`, __CURSOR: `c${n}`, __REALTIME_TIMESTAMP: String(n * 1_000_000) }),
  );

/** A journal of numbered lines that a followed command reads as journalctl would. */
function journal(shell: FakeShell) {
  let written = 0;
  let wake = () => {};
  let cut: KubecoreError | null = null;
  const listening = { now: 0 };
  const start = (call: Call): number => {
    const after = /--after-cursor=c(\d+)/.exec(call.command);
    if (after) return Number(after[1]);
    const since = /--since=@(\d+)/.exec(call.command);
    if (since) return Number(since[1]) - 1;
    return Math.max(0, written - Number(/-n (\d+)/.exec(call.command)![1]));
  };
  shell.play = async function* (call) {
    let at = start(call);
    listening.now++;
    try {
      for (;;) {
        if (cut) throw cut;
        if (call.signal?.aborted) return;
        if (at < written) {
          const batch: Uint8Array[] = [];
          while (at < written) batch.push(line(++at));
          yield batch;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            call.signal?.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      }
    } finally {
      listening.now--;
    }
  };
  return {
    listening,
    write(n: number) {
      written += n;
      wake();
    },
    cut(error: KubecoreError | null) {
      cut = error;
      wake();
    },
  };
}

function messages(tail: Tail): (string | undefined)[] {
  const out = [];
  for (let i = tail.ring.first; i < tail.ring.end; i++) out.push(tail.ring.at(i)?.message);
  return out;
}

const upTo = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);

function open(shell: FakeShell, more: Partial<TailOptions> = {}) {
  const clock = fakeClock();
  const tail = openTail({ shell, source, lines: 3, clock, random: noChance, ...more });
  const phases: string[] = [];
  tail.subscribe(() => {
    const { phase } = tail.state();
    if (phases.at(-1) !== phase) phases.push(phase);
  });
  return { clock, tail, phases };
}

test('begins with history and follows', async () => {
  const shell = fakeShell();
  const log = journal(shell);
  log.write(10);
  const { tail } = open(shell);
  await settle();
  expect(shell.calls[0]).toMatchObject({ on: '10.0.0.2' });
  expect(messages(tail)).toEqual(upTo(8, 10));
  expect(tail.state()).toEqual({ phase: 'following' });
  log.write(2);
  await settle();
  expect(messages(tail)).toEqual(upTo(8, 12));
  tail.close();
  await settle();
  expect(tail.state()).toEqual({ phase: 'ended' });
  expect(log.listening.now).toBe(0);
});

test('is read on the master itself when the source is the master', async () => {
  const shell = fakeShell();
  journal(shell);
  open(shell, { source: { ...source, ip: null } }).tail.close();
  open(shell, { masterAddress: '10.0.0.2' }).tail.close();
  expect(shell.calls.map(({ on }) => on)).toEqual(['master', 'master']);
});

test('a silent unit is followed too', async () => {
  const shell = fakeShell();
  journal(shell);
  const { clock, tail } = open(shell);
  await settle();
  expect(tail.state()).toEqual({ phase: 'connecting' });
  await clock.advance(2_000);
  expect(tail.state()).toEqual({ phase: 'following' });
  tail.close();
});

test('without a connection nothing is followed, and the reason is told', async () => {
  const shell = fakeShell();
  const log = journal(shell);
  const { clock, tail } = open(shell);
  shell.connect({ phase: 'reconnecting', to: 'master', at: 9_000, why: 'connect ECONNRESET', attempt: 2 });
  await clock.advance(2_000);
  expect(tail.state()).toEqual({ phase: 'resuming', at: 9_000, why: 'connect ECONNRESET' });
  shell.connect({ phase: 'connected', to: 'master', since: 2_000 });
  await clock.advance(2_000);
  expect(tail.state()).toEqual({ phase: 'following' });
  expect(log.listening.now).toBe(1);
  tail.close();
});

test('resumes after the last cursor: no line lost, none repeated', async () => {
  const shell = fakeShell();
  const log = journal(shell);
  log.write(5);
  const { clock, tail, phases } = open(shell);
  await settle();
  for (let round = 0; round < 3; round++) {
    log.cut(lost());
    await settle();
    expect(tail.state()).toMatchObject({ phase: 'resuming', why: 'the network went away' });
    log.write(4);
    await clock.advance(1_000);
    log.cut(null);
    await clock.until(() => tail.state().phase === 'following');
  }
  expect(messages(tail)).toEqual(upTo(3, 17));
  expect(shell.calls.filter(({ command }) => command.startsWith('journalctl')).at(-1)?.command).toContain(
    '--after-cursor=c13',
  );
  expect(phases).toContain('resuming');
  tail.close();
});

test('lines that the node gives twice are kept once', async () => {
  const shell = fakeShell();
  let plays = 0;
  shell.play = async function* () {
    plays++;
    if (plays === 1) {
      yield [line(1), line(2), line(3)];
      throw lost();
    }
    yield [line(2), line(3), line(4)];
    await new Promise(() => {});
  };
  const { clock, tail } = open(shell);
  await clock.until(() => tail.ring.end === 4);
  expect(messages(tail)).toEqual(upTo(1, 4));
});

test('a cursor that the journal no longer knows is replaced by the time of the last line', async () => {
  const shell = fakeShell();
  const log = journal(shell);
  log.write(3);
  const play = shell.play;
  shell.play = async function* (call) {
    if (call.command.includes('--after-cursor'))
      throw new KubecoreError({
        what: 'journalctl failed',
        why: 'it ended with exit code 1: Failed to seek to cursor: Invalid argument',
        next: '',
        fault: 'node',
        code: 'CommandFailed',
      });
    yield* play(call);
  };
  const { clock, tail } = open(shell);
  await settle();
  log.cut(lost());
  await settle();
  log.cut(null);
  log.write(2);
  await clock.until(() => tail.ring.end === 5);
  expect(messages(tail)).toEqual(upTo(1, 5));
  expect(shell.calls.at(-1)?.command).toContain('--since=@3');
  tail.close();
});

test('tries for as long as it is open, ever more slowly, and at once when the connection is back', async () => {
  const shell = fakeShell();
  shell.play = () => {
    throw lost('still away');
  };
  const { clock, tail } = open(shell, { source: { ...source, ip: null } });
  await clock.advance(10 * 60_000);
  const tries = shell.calls.length;
  expect(tries).toBeGreaterThan(20);
  expect(tries).toBeLessThan(120);
  expect(tail.state().phase).toBe('resuming');
  shell.connect({ phase: 'reconnecting', to: 'm', at: 0, why: 'x', attempt: 1 });
  await settle();
  const log = journal(shell);
  log.write(1);
  shell.connect({ phase: 'connected', to: 'm', since: 0 });
  await settle();
  await settle();
  expect(messages(tail)).toEqual(['line 1']);
  tail.close();
});

test('fails when the machine has left the cluster, and keeps what was read', async () => {
  const shell = fakeShell(() => `${MACHINE}\t10.0.0.2\trole=minion\n`);
  const log = journal(shell);
  log.write(2);
  const { clock, tail } = open(shell);
  await settle();
  log.cut(lost());
  await clock.advance(60_000);
  expect(tail.state().phase).toBe('resuming');
  shell.answer = () => 'ffff\t10.0.0.9\trole=minion\n';
  await clock.until(() => tail.state().phase === 'failed');
  expect(tail.state()).toMatchObject({ error: { code: 'MachineGone' } });
  expect(messages(tail)).toEqual(upTo(1, 2));
  expect(clock.sleeping).toBe(0);
});

test('a master that was replaced is another machine: its journal is not taken for the old one', async () => {
  const shell = fakeShell();
  const on = (machine: string, n: number) =>
    bytes(JSON.stringify({ MESSAGE: `line ${n}`, __CURSOR: `${machine}${n}`, _MACHINE_ID: machine }));
  let plays = 0;
  shell.play = async function* () {
    plays++;
    if (plays === 1) {
      yield [on(MACHINE, 1)];
      throw lost();
    }
    yield [on('f'.repeat(32), 2)];
  };
  const { clock, tail } = open(shell, { masterAddress: '10.0.0.2' });
  await clock.until(() => tail.state().phase === 'failed');
  expect(tail.state()).toMatchObject({ error: { code: 'MachineGone' } });
  expect(messages(tail)).toEqual(['line 1']);
});

test('a node that is not trusted, or a command that is refused again and again, fails', async () => {
  const shell = fakeShell();
  const refuse = (code: string) => {
    shell.play = () => {
      throw new KubecoreError({ what: 'x', why: 'y', next: 'z', fault: 'node', code });
    };
  };
  refuse('HostKeyChanged');
  const changed = open(shell);
  await settle();
  expect(changed.tail.state()).toMatchObject({ phase: 'failed', error: { code: 'HostKeyChanged' } });

  refuse('CommandFailed');
  shell.calls.length = 0;
  const refused = open(shell, { source: { ...source, ip: null } });
  await refused.clock.until(() => refused.tail.state().phase === 'failed');
  expect(shell.calls).toHaveLength(3);
});

test('without following it ends after what is there', async () => {
  const shell = fakeShell();
  shell.play = async function* () {
    yield [line(1), bytes('-- Reboot --'), bytes('{"broken'), line(2)];
  };
  const { tail } = open(shell, { follow: false, since: '10 min ago' });
  await settle();
  expect(tail.state()).toEqual({ phase: 'ended' });
  expect(messages(tail)).toEqual(upTo(1, 2));
  expect(shell.calls[0]?.command).toMatch(/-n 3 --since=10 min ago$/);
});

test('ends with its signal', async () => {
  const shell = fakeShell();
  const log = journal(shell);
  const stop = new AbortController();
  const { tail } = open(shell, { signal: stop.signal });
  await settle();
  stop.abort();
  await settle();
  expect(tail.state()).toEqual({ phase: 'ended' });
  expect(log.listening.now).toBe(0);
});

test('several units of a node: their pasts in order, and nothing between them lost when the link drops there', async () => {
  const shell = fakeShell();
  const line = (unit: string, n: number) =>
    bytes(
      JSON.stringify({
        __REALTIME_TIMESTAMP: `${n}000000`,
        __CURSOR: `c${n}`,
        _SYSTEMD_UNIT: unit,
        _MACHINE_ID: source.machineId,
        MESSAGE: `${unit} ${n}`,
      }),
    );
  let runs = 0;
  shell.play = async function* () {
    runs++;
    if (runs === 1) {
      yield [line('a', 1), line('a', 3), line('b', 2), line('b', 5)];
      yield [bytes('-- kubecore: the history ends, asked at 4')];
      throw lost();
    }
    // Written by a after it was asked, before the last of b.
    if (runs === 2) yield [line('a', 4), line('b', 5), line('a', 6)];
    if (runs === 2) throw lost();
    yield [line('b', 7)];
    await new Promise(() => {});
  };
  const { clock, tail } = open(shell, { source: { ...source, unit: null }, units: ['a', 'b'] });
  await clock.until(() => tail.ring.end === 7);
  expect(messages(tail)).toEqual(['a 1', 'b 2', 'a 3', 'b 5', 'a 4', 'a 6', 'b 7']);
  const commands = shell.calls.map(({ command }) => command);
  expect(commands[0]).toMatch(/^env HISTORY=3 .* --unit=a --unit=b$/s);
  expect(commands[1]).toMatch(/-u a -u b .*--since=@4$/);
  expect(commands[2]).toMatch(/-u a -u b .*--after-cursor=c6$/);
  tail.close();
});
