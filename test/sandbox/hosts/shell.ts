/** Runs command lines in a host's shell without SSH, for the tests of the tools. */
import type { Host } from '../../../src/sandbox/contract.ts';
import { Shell } from '../../../src/sandbox/hosts/shell/run.ts';
import { machineOf, type User } from '../../../src/sandbox/hosts/shell/session.ts';
import { Collector, EMPTY_SOURCE, sourceOf } from '../../../src/sandbox/hosts/shell/streams.ts';
import { hostTools } from '../../../src/sandbox/hosts/tools/index.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export async function sh(
  host: Host,
  line: string,
  options: {
    user?: User;
    env?: Record<string, string>;
    stdin?: string;
    signal?: AbortSignal;
    tools?: Parameters<typeof hostTools>[0];
  } = {},
): Promise<Ran> {
  const machine = machineOf(host);
  const shell = new Shell({
    hosts: machine.hosts,
    machine,
    tools: hostTools(options.tools ?? {}),
    env: {
      PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
      HOME: '/home/core',
      PWD: '/home/core',
      LANG: 'en_US.UTF-8',
      USER: 'core',
      ...options.env,
    },
    user: options.user ?? 'core',
    signal: options.signal ?? new AbortController().signal,
    tty: () => null,
    agent: false,
  });
  const [stdout, stderr] = [new Collector(), new Collector()];
  const stdin = options.stdin === undefined ? EMPTY_SOURCE : sourceOf(options.stdin);
  const { status } = await shell.run(line, { stdin, stdout, stderr });
  return { stdout: stdout.text(), stderr: stderr.text(), code: status };
}
