/**
 * Owns the docker 1.3 client of a session: ps, images, logs, inspect, run, pull, start, stop, kill, rm, exec-less, version and info.
 */
import type { Container } from '../../contract.ts';
import { keepLine, logLines } from '../programs/container-log.ts';
import {
  addImage,
  createContainer,
  dockerAnswers,
  endContainer,
  findContainer,
  imageId,
  imageName,
  imagesOf,
  NO_DAEMON,
  readRun,
} from '../programs/docker.ts';
import type { SessionContext, SessionTool } from '../shell/session.ts';

function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 1) return 'Less than a second';
  if (seconds < 60) return `${seconds} second${seconds === 1 ? '' : 's'}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  if (hours === 1) return 'About an hour';
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

/** Columns padded to the widest cell plus three, at least twenty, as docker's tabwriter does. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(20, ...rows.map((row) => (row[column] ?? '').length + 3)),
  );
  return rows
    .map(
      (row) =>
        `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('')}\n`,
    )
    .join('');
}

function statusOf(container: Container, now: number): string {
  if (container.finishedAt !== null)
    return `Exited (${container.exitCode ?? 0}) ${ago(now - container.finishedAt)} ago`;
  return container.startedAt === null ? '' : `Up ${ago(now - container.startedAt)}`;
}

const short = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 3)}...` : text;

async function ps(context: SessionContext, flags: string): Promise<number> {
  const now = context.machine.now();
  const long = context.argv.includes('--no-trunc');
  const shown = context.machine.state.containers
    .filter((one) => flags.includes('a') || one.finishedAt === null)
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, flags.includes('l') ? 1 : undefined);
  if (flags.includes('q')) {
    await context.stdout(shown.map((one) => `${long ? one.id : one.id.slice(0, 12)}\n`).join(''));
    return 0;
  }
  const rows = shown.map((one) => [
    long ? one.id : one.id.slice(0, 12),
    imageName(one.image),
    `"${long ? one.command : short(one.command, 17)}"`,
    `${ago(now - one.createdAt)} ago`,
    statusOf(one, now),
    one.ports.join(', '),
    one.name,
  ]);
  await context.stdout(
    table([['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'], ...rows]),
  );
  return 0;
}

async function run(context: SessionContext, args: readonly string[]): Promise<number> {
  const { machine } = context;
  const given = readRun(args);
  if (given.image === undefined) {
    await context.stderr('docker: "run" requires a minimum of 1 argument. See \'docker run --help\'.\n');
    return 1;
  }
  if (!imagesOf(machine).includes(imageName(given.image))) {
    await context.stderr(`Unable to find image '${given.image}' locally\n`);
    await pull(context, given.image, true);
  }
  const container = createContainer(machine, given, { kind: 'run', name: given.name ?? '' });
  if ('error' in container) {
    await context.stderr(`${container.error}\n`);
    return 1;
  }
  addImage(machine, given.image);
  const finish = (status: number): void => {
    if (container.finishedAt === null) {
      container.finishedAt = machine.now();
      container.exitCode = status;
    }
    if (given.remove) machine.state.containers = machine.state.containers.filter((one) => one !== container);
    machine.touch();
  };
  if (given.detach) {
    await context.stdout(`${container.id}\n`);
    return 0;
  }
  const keep = async (data: string | Uint8Array): Promise<void> => {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
    for (const line of text.split('\n')) if (line !== '') keepLine(container, machine.now(), line);
    await context.stdout(data);
  };
  let status = 0;
  try {
    // Only images with a shell are played; the command runs in the host's own small shell, without its tools for the cluster.
    const command = given.command.length > 0 ? given.command : ['true'];
    status = await context.run(command, {
      user: 'root',
      env: { ...given.env, HOSTNAME: container.id.slice(0, 12) },
      io: { ...context.io, stdout: { write: keep } },
    });
    return status;
  } catch (error) {
    status = 137;
    throw error;
  } finally {
    finish(status);
  }
}

async function pull(context: SessionContext, image: string, toError = false): Promise<number> {
  const write = toError ? context.stderr : context.stdout;
  const id = imageId(imageName(image)).slice(0, 12);
  await write(`Pulling repository ${image.replace(/:[^/]+$/, '')}\n`);
  await context.hosts.clock.sleep(4000, context.signal);
  await write(`${id}: Download complete\nStatus: Downloaded newer image for ${imageName(image)}\n`);
  addImage(context.machine, image);
  context.machine.touch();
  return 0;
}

async function logs(context: SessionContext, args: readonly string[]): Promise<number> {
  const has = (short: string, long: string): boolean =>
    args.includes(long) || args.some((one) => /^-[ft]+$/.test(one) && one.includes(short));
  const follow = has('f', '--follow');
  const withTimes = has('t', '--timestamps');
  const tailAt = args.indexOf('--tail');
  const tail = tailAt < 0 ? args.find((one) => one.startsWith('--tail='))?.slice(7) : args[tailAt + 1];
  const name = args.find((one, at) => !one.startsWith('-') && (tailAt < 0 || at !== tailAt + 1)) ?? '';
  const container = findContainer(context.machine, name);
  if (container === undefined) {
    await context.stderr(`Error response from daemon: No such container: ${name}\n`);
    return 1;
  }
  const read = (): readonly string[] => logLines(container, context.machine.now(), withTimes);
  const all = read();
  const wanted = tail === undefined || !/^\d+$/.test(tail) ? all.length : Number(tail);
  let seen = container.logs.at(-1);
  await context.stdout(
    all
      .slice(Math.max(0, all.length - wanted))
      .map((line) => `${line}\n`)
      .join(''),
  );
  while (follow && container.finishedAt === null) {
    await context.sleep(250);
    const now = read();
    if (container.logs.at(-1) === seen) continue;
    // Two lines of one moment may be the same: what follows the last of them is new.
    const fresh = now.slice(seen === undefined ? 0 : container.logs.lastIndexOf(seen) + 1);
    seen = container.logs.at(-1);
    await context.stdout(fresh.map((line) => `${line}\n`).join(''));
  }
  return 0;
}

async function inspect(context: SessionContext, args: readonly string[]): Promise<number> {
  const names = args.filter((one) => !one.startsWith('-'));
  const found: unknown[] = [];
  let status = 0;
  for (const name of names) {
    const one = findContainer(context.machine, name);
    if (one === undefined) {
      await context.stderr(`Error: No such image or container: ${name}\n`);
      status = 1;
      continue;
    }
    const time = (ms: number | null): string =>
      ms === null ? '0001-01-01T00:00:00Z' : new Date(ms).toISOString();
    found.push({
      Id: one.id,
      Created: time(one.createdAt),
      Name: `/${one.name}`,
      Image: imageId(imageName(one.image)),
      Config: { Image: one.image, Cmd: one.command.split(' '), Hostname: one.id.slice(0, 12) },
      State: {
        Running: one.finishedAt === null,
        Pid: one.finishedAt === null ? 4000 : 0,
        ExitCode: one.exitCode ?? 0,
        StartedAt: time(one.startedAt),
        FinishedAt: time(one.finishedAt),
      },
    });
  }
  await context.stdout(`${JSON.stringify(found, null, 4)}\n`);
  return status;
}

async function change(context: SessionContext, verb: string, args: readonly string[]): Promise<number> {
  const { machine } = context;
  const names = args.filter((one) => !one.startsWith('-'));
  let failed = false;
  for (const name of names) {
    const one = findContainer(machine, name);
    if (one === undefined) {
      await context.stderr(`Error response from daemon: No such container: ${name}\n`);
      failed = true;
      continue;
    }
    if (verb === 'rm' && one.finishedAt === null && !args.includes('-f')) {
      await context.stderr(
        'Error response from daemon: Conflict, You cannot remove a running container. Stop the container before attempting removal or use -f\n',
      );
      failed = true;
      continue;
    }
    if (verb === 'start' || verb === 'restart') {
      one.startedAt = machine.now();
      one.finishedAt = null;
      one.exitCode = null;
    } else endContainer(machine, one, verb === 'kill' ? 137 : 143);
    if (verb === 'rm') machine.state.containers = machine.state.containers.filter((other) => other !== one);
    await context.stdout(`${name}\n`);
  }
  machine.touch();
  if (failed)
    await context.stderr(`Error: failed to ${verb === 'rm' ? 'remove' : verb} one or more containers\n`);
  return failed ? 1 : 0;
}

const VERSION = `Client version: 1.3.1
Client API version: 1.15
Go version (client): go1.3.2
Git commit (client): 4e9bbfa
OS/Arch (client): linux/amd64
`;

export const docker: SessionTool = async (context) => {
  const [verb = '', ...args] = context.argv.slice(1);
  const flags = args.filter((one) => /^-[a-z]+$/.test(one)).join('');
  if (context.user === 'nobody') {
    await context.stderr('dial unix /var/run/docker.sock: permission denied\n');
    return 1;
  }
  if (verb === '--version' || verb === '-v') {
    await context.stdout('Docker version 1.3.1, build 4e9bbfa\n');
    return 0;
  }
  if (!dockerAnswers(context.machine)) {
    if (verb === 'version') await context.stdout(VERSION);
    await context.stderr(`${NO_DAEMON}\n`);
    return 1;
  }
  const { state } = context.machine;
  switch (verb) {
    case 'ps':
      return ps(context, flags + (args.includes('--all') ? 'a' : ''));
    case 'images': {
      const now = context.machine.now();
      const rows = imagesOf(context.machine).map((name) => {
        const at = name.lastIndexOf(':');
        const size = name.startsWith('busybox')
          ? '2.433 MB'
          : `${(80 + ((name.length * 37) % 300)).toFixed(1)} MB`;
        return [
          name.slice(0, at),
          name.slice(at + 1),
          imageId(name).slice(0, 12),
          `${ago(now - state.bootedAt + 3_628_800_000)} ago`,
          size,
        ];
      });
      if (flags.includes('q')) await context.stdout(rows.map((row) => `${row[2]}\n`).join(''));
      else
        await context.stdout(table([['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'VIRTUAL SIZE'], ...rows]));
      return 0;
    }
    case 'run':
      return run(context, args);
    case 'pull':
      return pull(context, args[0] ?? '');
    case 'logs':
      return logs(context, args);
    case 'inspect':
      return inspect(context, args);
    case 'start':
    case 'restart':
    case 'stop':
    case 'kill':
    case 'rm':
      return change(context, verb, args);
    case 'version':
      await context.stdout(
        `${VERSION}Server version: 1.3.1\nServer API version: 1.15\nGo version (server): go1.3.2\nGit commit (server): 4e9bbfa\n`,
      );
      return 0;
    case 'info':
      await context.stdout(
        `Containers: ${state.containers.length}\nImages: ${imagesOf(context.machine).length}\nStorage Driver: btrfs\nExecution Driver: native-0.2\nKernel Version: 3.17.2+\nOperating System: CoreOS 509.1.0\n`,
      );
      return 0;
    default:
      await context.stderr(`Error: Command not found: ${verb}\n`);
      return 1;
  }
};
