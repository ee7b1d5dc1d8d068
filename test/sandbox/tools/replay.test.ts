/**
 * Replays the commands of the recorded INDEX, in its order, against a fresh laboratory of three hosts, and compares
 * standard output, standard error and exit code with what the real fleet 0.8.3 and Kubernetes 0.4.4 printed. Only
 * what no two runs share is masked; what is not replayed is listed with its reason, and counted.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { registryTools } from '../../../src/sandbox/tools/index.ts';
import { kubeFiles, Lab, recording, unitFiles } from './lab.ts';
import { MiniShell, type Ran } from './mini-shell.ts';
import { LEFT_OUT, masked, PREPARE, reasonFor, WITH_AGENT } from './replay-plan.ts';

interface Row {
  name: string;
  host: string;
  command: string;
  code: number;
}

/** Rows of INDEX.md. */
function rows(): Row[] {
  const found: Row[] = [];
  for (const line of recording('INDEX.md').split('\n')) {
    const match = /^\| (\S+) \| (\S+) \| `(.*)` \| (\d+) \| \d+ \| \d+ \| [\d.]+ \|$/.exec(line);
    if (match === null) continue;
    const [, name = '', host = '', command = '', code = ''] = match;
    found.push({ name, host, command: command.replaceAll('\\|', '|'), code: Number(code) });
  }
  return found;
}

const all = rows();
const replayed = all.filter((row) => reasonFor(row.name) === undefined);
const results = new Map<string, Ran>();

beforeAll(async () => {
  const lab = new Lab();
  const files = { ...unitFiles(), ...kubeFiles() };
  for (const [path, text] of Object.entries(files)) {
    lab.host('master').state.files[`/home/core/${path}`] = { text, mode: 0o644, mtime: lab.now };
  }
  for (const row of replayed) {
    await PREPARE[row.name]?.(lab);
    const shell = new MiniShell(lab, lab.host(row.host), {
      tools: registryTools,
      agent: WITH_AGENT.some((pattern) => pattern.test(row.name)),
      foreign: ([name = '', ...args], host) => {
        const ok = (stdout: string, code = 0): Ran => ({ stdout, stderr: '', code });
        if (name === 'hostname') return ok(`${host.state.hostname}\n`);
        if (name === 'exit') return ok('', Number(args[0]));
        if (name === 'systemctl' && args[0] === 'list-units') {
          const loaded = Object.values(host.state.units).filter((unit) => unit.origin === 'fleet');
          return ok(loaded.map((unit) => `${unit.name}\n`).join(''));
        }
        return undefined;
      },
    });
    results.set(row.name, await shell.run(row.command));
    lab.advance(300);
  }
});

describe('the recorded commands, replayed', () => {
  it.each(replayed)('$name: $command', ({ name, code }) => {
    const ran = results.get(name)!;
    const stdout = masked(name, recording(`${name}.stdout`));
    const stderr = masked(name, recording(`${name}.stderr`));
    expect(masked(name, ran.stdout)).toBe(stdout);
    expect(masked(name, ran.stderr)).toBe(stderr);
    expect(ran.code).toBe(code);
  });
});

describe('what is left out', () => {
  it('is counted: no row disappears in silence', () => {
    const left = all.filter((row) => reasonFor(row.name) !== undefined);
    for (const { reason, rows: pattern } of LEFT_OUT) {
      const names = left.filter((row) => pattern.test(row.name)).map((row) => row.name);
      expect(names, `no row is left out for: ${reason}`).not.toHaveLength(0);
      console.info(`left out (${names.length}): ${reason}\n  ${names.join(' ')}`);
    }
    console.info(`replayed ${replayed.length} of ${all.length} recorded commands`);
    expect({ all: all.length, replayed: replayed.length }).toEqual({ all: 443, replayed: 319 });
  });
});
