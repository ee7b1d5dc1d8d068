/** Owns `kubecore ssh`: a shell on a node in this terminal, or one command there with its outputs and exit code. */
import { constants } from 'node:os';
import { inputError, KubecoreError } from '../../cluster/errors.ts';
import type { Cluster } from '../../cluster/model.ts';
import { MASTER, type NodeRef } from '../../cluster/ports.ts';
import { machinesOf } from '../../cluster/sources.ts';
import type { SshShell } from '../../ssh/shell.ts';
import { nodeAt, withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { nodeNamed } from '../nodes.ts';
import { terminalPty } from '../terminal-pty.ts';

/** What OpenSSH ends with when it failed itself. */
const OUR_FAILURE = 255;

export async function ssh(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { host, guards } = context;
  const { machine, command } = parts(args, host.argv);
  const agentForward = flags.forwardAgent === true;
  if (agentForward && !context.env.SSH_AUTH_SOCK)
    throw inputError(
      '--forward-agent cannot be given here',
      'no ssh-agent runs (SSH_AUTH_SOCK is not set)',
      'start one: eval $(ssh-agent) && ssh-add KEY',
    );
  try {
    return await withTarget(context, undefined, async ({ cluster, shell }) => {
      const node = await nodeFor(shell, machine, cluster, guards.signal);
      return await (command.length === 0 && context.io.interactive
        ? onTerminal(context, shell, node, agentForward)
        : throughPipes(context, shell, node, command, agentForward));
    });
  } catch (thrown) {
    // Whatever kept us from the node: a script must be able to tell it from the remote command's own code.
    if (context.guards.signal.aborted || !(thrown instanceof KubecoreError)) throw thrown;
    context.report(thrown);
    return OUR_FAILURE;
  }
}

/** Words behind `--` are the command; one before it is the machine. */
function parts(
  args: readonly string[],
  argv: readonly string[],
): { machine: string | null; command: readonly string[] } {
  const dashes = argv.indexOf('--');
  const command = dashes < 0 ? args.slice(1) : argv.slice(dashes + 1);
  const before = dashes < 0 ? args.slice(0, 1) : args.slice(0, args.length - command.length);
  return { machine: before[0] ?? null, command };
}

async function nodeFor(
  shell: SshShell,
  machine: string | null,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<NodeRef> {
  if (machine === null || machine === 'master') return MASTER;
  if (machine === cluster.master?.privateAddress) return MASTER;
  return nodeAt(cluster, nodeNamed(machine, await machinesOf(shell, cluster, signal)).ip);
}

async function onTerminal(
  context: Context,
  shell: SshShell,
  node: NodeRef,
  agentForward: boolean,
): Promise<number> {
  const { stdin, stdout, stderr } = context.host;
  const release = context.guards.onExit(() => stdin.setRawMode(false));
  stdin.setRawMode(true);
  try {
    return codeOf(
      await shell.openTerminal(node, {
        pty: terminalPty(stdout, context.env),
        agentForward,
        stdin,
        stdout,
        stderr,
        signal: context.guards.signal,
      }),
    );
  } finally {
    stdin.setRawMode(false);
    release();
  }
}

async function throughPipes(
  context: Context,
  shell: SshShell,
  node: NodeRef,
  command: readonly string[],
  agentForward: boolean,
): Promise<number> {
  const { stdin, stdout, stderr } = context.host;
  return codeOf(
    await shell.openTerminal(node, {
      // As ssh does: the words make one line for the far shell, which reads it once more.
      ...(command.length === 0 ? {} : { command: command.join(' ') }),
      pty: null,
      agentForward,
      stdin,
      stdout,
      stderr,
      signal: context.guards.signal,
    }),
  );
}

/** As OpenSSH: the remote code; 255 for a command that a signal ended, as for our own failures. */
function codeOf({ code, signal }: { code: number | null; signal: string | null }): number {
  if (code !== null) return code;
  return signal === 'SIGPIPE' ? 128 + constants.signals.SIGPIPE : signal === null ? 0 : OUR_FAILURE;
}
