/** Owns `kubecore run`: docker run on a node, with its outputs and its exit code. */
import { constants } from 'node:os';
import { EXIT, inputError, KubecoreError } from '../../cluster/errors.ts';
import { MASTER, type NodeRef } from '../../cluster/ports.ts';
import { machinesOf } from '../../cluster/sources.ts';
import type { FleetMachine } from '../../cluster/tools/fleetctl.ts';
import { nodeAt, type Target, withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { nodeNamed } from '../nodes.ts';
import { terminalPty } from '../terminal-pty.ts';

const USAGE =
  "write kubecore run [MACHINE] IMAGE [COMMAND…], such as kubecore run busybox /bin/echo 'hullo, world!'";

export async function run(context: Context, args: readonly string[]): Promise<number> {
  const { host, io, guards } = context;
  if (args.length === 0) throw inputError('there is nothing to run', 'no image was given', USAGE);
  return withTarget(context, undefined, async (target) => {
    const { node, words } = await placed(target, args, guards.signal);
    const [image = ''] = words;
    if (!/^[a-z0-9]/i.test(image))
      throw inputError(`"${image}" is not the name of an image`, 'it begins with a letter or a digit', USAGE);
    const { stdin, stdout, stderr } = host;
    const terminal = io.interactive;
    const release = terminal ? guards.onExit(() => stdin.setRawMode(false)) : null;
    if (terminal) stdin.setRawMode(true);
    try {
      const { code, signal } = await target.shell.openTerminal(node, {
        command: ['docker', 'run', '-i', ...(terminal ? ['-t'] : []), '--rm', ...words],
        pty: terminal ? terminalPty(stdout, context.env) : null,
        stdin,
        stdout,
        stderr,
        signal: guards.signal,
      });
      if (code !== null) return code;
      if (signal === 'SIGPIPE') return 128 + constants.signals.SIGPIPE;
      if (signal === null) return EXIT.done;
      throw new KubecoreError({
        what: `docker run ${image} was ended`,
        why: `${signal} ended it on the node`,
        next: 'run it again',
        fault: 'cluster',
        code: 'RunKilled',
      });
    } finally {
      if (terminal) stdin.setRawMode(false);
      release?.();
    }
  });
}

/** The first of several words is the machine when it can be nothing else: `master`, an address of fleet's, 4 or more letters of an id. */
async function placed(
  target: Target,
  words: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly node: NodeRef; readonly words: readonly string[] }> {
  const [first = '', ...rest] = words;
  if (rest.length === 0) return { node: MASTER, words };
  if (first === 'master') return { node: MASTER, words: rest };
  const named = /^\d+\.\d+\.\d+\.\d+$/.test(first) || /^[0-9a-f]{4,32}$/.test(first);
  if (!named) return { node: MASTER, words };
  const machines = await machinesOf(target.shell, target.cluster, signal);
  const isMachine = ({ id, ip }: FleetMachine): boolean => ip === first || id.startsWith(first);
  // `cafe` may be an image as well: only an address must be a machine.
  if (!machines.some(isMachine) && !first.includes('.')) return { node: MASTER, words };
  return { node: nodeAt(target.cluster, nodeNamed(first, machines).ip), words: rest };
}
