/**
 * Owns docker 1.3 as units run it: the daemon's log, and the client's run, pull, kill, rm and stop with real containers in
 * the host's state.
 */
import { createHash } from 'node:crypto';
import type { Container } from '../../contract.ts';
import type { Machine } from '../machine.ts';
import { type ProgramContext, spawn } from '../processes.ts';
import type { Exit } from '../unit-state.ts';
import type { Program } from './index.ts';

const exited = (status: number): Exit => ({ kind: 'exited', status });

/** Docker answers when its daemon runs, or its socket can start it. */
export function dockerAnswers(machine: Machine): boolean {
  if (machine.active('docker.service')) return true;
  if (!machine.active('docker.socket')) return false;
  machine.startUnit('docker.service');
  return machine.unit('docker.service')?.active !== 'failed';
}

export const NO_DAEMON = "Cannot connect to the Docker daemon. Is 'docker -d' running on this host?";

/** An image's layer ids and size, the same for everyone. */
export function imageId(image: string): string {
  return createHash('sha256').update(`image ${image}`).digest('hex');
}

export function imageName(image: string): string {
  return /:[^/]+$/.test(image) ? image : `${image}:latest`;
}

/** Images on a host: those pulled by name and those its containers were made of. */
export function imagesOf(machine: Machine): string[] {
  const pulled = (machine.files.read('/var/lib/docker/repositories') ?? '')
    .split('\n')
    .filter((one) => one !== '');
  return [...new Set([...pulled, ...machine.state.containers.map((one) => imageName(one.image))])];
}

export function addImage(machine: Machine, image: string): void {
  const all = new Set([...imagesOf(machine), imageName(image)]);
  machine.files.write('/var/lib/docker/repositories', `${[...all].join('\n')}\n`, 0o600);
}

/** `docker run`'s options, image and command. */
export interface RunArguments {
  readonly name: string | null;
  readonly remove: boolean;
  readonly detach: boolean;
  readonly interactive: boolean;
  readonly ports: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly image: string | undefined;
  readonly command: readonly string[];
}

const VALUED = new Set(
  '--name -p --publish -e --env -v --volume -h --hostname -u --user -w --workdir --link -m --memory --net --entrypoint --restart --cidfile -c --cpu-shares --dns --volumes-from'.split(
    ' ',
  ),
);

export function readRun(args: readonly string[]): RunArguments {
  let name: string | null = null;
  const ports: string[] = [];
  const env: Record<string, string> = {};
  const flags = new Set<string>();
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith('-')) break;
    const [flag = '', inline] = arg.split(/=(.*)/s);
    const value = inline ?? (VALUED.has(flag) ? args[++at] : undefined);
    if (flag === '--name') name = value ?? null;
    else if (flag === '-p' || flag === '--publish') ports.push(value ?? '');
    else if (flag === '-e' || flag === '--env') {
      const [key = '', text = ''] = (value ?? '').split(/=(.*)/s);
      env[key] = text;
    } else if (/^-[a-z]+$/.test(flag)) for (const letter of flag.slice(1)) flags.add(letter);
    else flags.add(flag);
  }
  return {
    name,
    remove: flags.has('--rm'),
    detach: flags.has('d') || flags.has('--detach'),
    interactive: flags.has('i') || flags.has('t'),
    ports,
    env,
    image: args[at],
    command: args.slice(at + 1),
  };
}

const ADJECTIVES = [
  'happy',
  'focused',
  'sleepy',
  'angry',
  'silly',
  'jolly',
  'sad',
  'furious',
  'elegant',
  'mad',
];
const NAMES = [
  'curie',
  'turing',
  'lovelace',
  'bohr',
  'darwin',
  'hopper',
  'wozniak',
  'newton',
  'pasteur',
  'torvalds',
];

/** Makes a running container, or says why not. */
export function createContainer(
  machine: Machine,
  run: RunArguments,
  owner: Container['owner'],
): Container | { error: string } {
  const name = run.name;
  const other = name === null ? undefined : machine.state.containers.find((one) => one.name === name);
  if (other !== undefined) {
    return {
      error: `Error response from daemon: Conflict, The name ${name} is already assigned to ${other.id.slice(0, 12)}. You have to delete (or rename) that container to be able to assign ${name} to a container again.`,
    };
  }
  const pick = (list: readonly string[]): string => list[Math.floor(machine.hosts.random() * list.length)]!;
  const id = createHash('sha256')
    .update(`${machine.state.machineId} ${machine.nextPid()} ${run.image ?? ''} ${machine.now()}`)
    .digest('hex');
  const container: Container = {
    id,
    name: name ?? `${pick(ADJECTIVES)}_${pick(NAMES)}${machine.state.containers.length}`,
    image: run.image ?? '',
    command: run.command.map((one) => (/[\s;]/.test(one) ? `'${one}'` : one)).join(' '),
    createdAt: machine.now(),
    startedAt: machine.now(),
    finishedAt: null,
    exitCode: null,
    ports: run.ports.map((one) => {
      const [host = '', inside = host] = one.split(':').slice(-2);
      return `0.0.0.0:${host}->${inside}/tcp`;
    }),
    owner,
    logs: [],
  };
  machine.state.containers.push(container);
  machine.touch();
  return container;
}

export function findContainer(machine: Machine, name: string): Container | undefined {
  return machine.state.containers.find(
    (one) => one.name === name || one.id === name || (name.length >= 3 && one.id.startsWith(name)),
  );
}

/** The command runs inside the image: its own file system has what the small images have. */
function runInside(context: ProgramContext, run: RunArguments, container: Container): void {
  const { machine, process, unit } = context;
  process.container = container.id;
  if (run.command.length === 0) {
    process.every = 12_000;
    process.nextLineAt = machine.now() + 1000;
    return;
  }
  const child = spawn(machine, unit, run.command, {
    env: { ...run.env },
    text: run.command.join(' '),
    waiting: context.waiting,
  });
  if ('failure' in child) {
    context.print(`exec: "${child.path}": executable file not found in $PATH`);
    process.memo.status = 127;
    process.wakeAt = machine.after(100);
    return;
  }
  child.container = container.id;
  process.child = child;
}

const client: Program = {
  start(context) {
    const { machine, process } = context;
    const args = process.argv.slice(1);
    if (args.includes('--daemon') || (args.includes('-d') && args[0]?.startsWith('-'))) {
      startDaemon(context);
      return;
    }
    process.wakeAt = machine.after(
      args[0] === 'pull' ? 2500 + machine.hosts.random() * 3000 : args[0] === 'run' ? 400 : 120,
    );
    if (args[0] === 'pull' && dockerAnswers(machine)) {
      context.print(`Pulling repository ${args[1] ?? ''}`);
      const id = imageId(imageName(args[1] ?? '')).slice(0, 12);
      context.later(600, `${id}: Pulling image (latest) from ${args[1]}`);
      context.later(1500, `${id}: Pulling dependent layers`);
      context.later(2400, `${id}: Download complete`);
    }
  },
  wake(context) {
    const { machine, process, unit } = context;
    const [verb, ...rest] = process.argv.slice(1);
    if (process.memo.status !== undefined) return exited(Number(process.memo.status));
    if (!dockerAnswers(machine)) {
      context.print(NO_DAEMON);
      return exited(1);
    }
    if (verb === 'run') {
      const run = readRun(rest);
      if (run.image === undefined) {
        context.print('docker: "run" requires a minimum of 1 argument.');
        return exited(1);
      }
      const container = createContainer(machine, run, { kind: 'unit', name: unit.name });
      if ('error' in container) {
        context.print(container.error);
        return exited(1);
      }
      addImage(machine, run.image);
      runInside(context, run, container);
      return null;
    }
    if (verb === 'pull') {
      addImage(machine, rest[0] ?? '');
      context.print(`Status: Downloaded newer image for ${imageName(rest[0] ?? '')}`);
      return exited(0);
    }
    if (verb === 'kill' || verb === 'stop' || verb === 'rm') return exited(change(context, verb, rest));
    return exited(0);
  },
  line(context, n) {
    if (context.process.memo.daemon !== 1) return `still running (${n + 1})`;
    const running = context.machine.state.containers.filter((one) => one.finishedAt === null).length;
    const id = imageId(String(n)).slice(0, 8);
    return n % 2 === 0 ? `[${id}] +job containers()` : `[${id}] -job containers() = OK (${running})`;
  },
  childEnded(context, status) {
    const { machine, process } = context;
    const container = machine.state.containers.find((one) => one.id === process.container);
    if (container !== undefined) {
      container.finishedAt = machine.now();
      container.exitCode = status;
      if (readRun(process.argv.slice(2)).remove) {
        machine.state.containers = machine.state.containers.filter((one) => one !== container);
      }
    }
    return exited(status);
  },
};

/** kill, stop and rm; docker says what it could not find and ends with 1. */
function change(context: ProgramContext, verb: 'kill' | 'stop' | 'rm', names: readonly string[]): number {
  const { machine } = context;
  let failed = false;
  for (const name of names.filter((one) => !one.startsWith('-'))) {
    const container = findContainer(machine, name);
    if (container === undefined) {
      context.print(`Error response from daemon: No such container: ${name}`);
      failed = true;
      continue;
    }
    if (verb === 'rm') machine.state.containers = machine.state.containers.filter((one) => one !== container);
    else endContainer(machine, container, verb === 'kill' ? 137 : 143);
    context.print(name);
  }
  const what = { kill: 'kill', stop: 'stop', rm: 'remove' }[verb];
  if (failed) context.print(`Error: failed to ${what} one or more containers`);
  machine.touch();
  return failed ? 1 : 0;
}

/** Ends a container, and with it the unit's process that runs it. */
export function endContainer(machine: Machine, container: Container, status: number): void {
  if (container.finishedAt !== null) return;
  container.finishedAt = machine.now();
  container.exitCode = status;
  if (container.owner.kind === 'unit')
    machine.systemd.containerEnded(container.owner.name, container.id, status);
}

function startDaemon(context: ProgramContext): void {
  const { process, machine } = context;
  process.memo.daemon = 1;
  const bridge = process.argv.find((one) => one.startsWith('--bip='))?.slice(6);
  const stamp = (at: number): string => {
    const date = new Date(at);
    return `${date.getUTCFullYear()}/${String(date.getUTCMonth() + 1).padStart(2, '0')}/${String(date.getUTCDate()).padStart(2, '0')} ${date.toISOString().slice(11, 19)}`;
  };
  const first = [
    `${stamp(machine.now())} docker daemon: 1.3.1 4e9bbfa; execdriver: native; graphdriver: btrfs`,
    '[c5d8ac50] +job serveapi(fd://)',
    '[info] Listening for HTTP on fd ()',
    '[c5d8ac50] +job init_networkdriver()',
    `[c5d8ac50] -job init_networkdriver() = OK (0)${bridge === undefined ? '' : ` bridge ${bridge}`}`,
    '[info] Loading containers: done.',
    '[c5d8ac50] -job acceptconnections() = OK (0)',
  ];
  for (const [index, text] of first.entries()) context.later(30 + index * 90, text);
  process.every = 6900;
  process.nextLineAt = machine.now() + 2500;
}

export const DOCKER: Record<string, Program> = {
  docker: client,
  dockerd: { start: startDaemon, line: (context, n) => client.line?.(context, n) ?? null },
};
