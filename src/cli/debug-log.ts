/**
 * Owns what --debug tells, on standard error: every call to AWS and every command on a node with its time and end. Inputs and
 * outputs are not told, and secrets are taken out of what is.
 */
import type { SdkLogger } from '../aws/client-config.ts';
import { asKubecoreError } from '../cluster/errors.ts';
import type { NodeRef } from '../cluster/ports.ts';
import { redact, secretsOf } from '../cluster/redact.ts';
import type { SshShell } from '../ssh/shell.ts';
import { sanitise } from '../ui/sanitise.ts';

/** Tells one thing; does nothing without --debug. */
export type Debug = (area: 'aws' | 'ssh', text: string) => void;

const MAX_LENGTH = 1_000;

/**
 * @param on --debug, and no screen is drawn where the log would go
 * @param machine a record a line instead of text
 */
export function createDebug(
  write: (text: string) => void,
  options: {
    readonly on: boolean;
    readonly machine: boolean;
    readonly env: NodeJS.ProcessEnv;
    readonly now: () => number;
  },
): Debug {
  if (!options.on) return () => undefined;
  const secrets = secretsOf(options.env);
  return (area, text) => {
    const time = new Date(options.now()).toISOString();
    const clean = sanitise(redact(text, secrets).replace(/\s*\n\s*/g, ' '));
    const shown = clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH)}…` : clean;
    write(
      options.machine
        ? `${JSON.stringify({ debug: { time, area, text: shown } })}\n`
        : `debug ${time} ${area}: ${shown}\n`,
    );
  };
}

interface Called {
  readonly clientName?: string;
  readonly commandName?: string;
  readonly error?: { readonly name?: string; readonly message?: string };
  readonly metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly attempts?: number;
  };
}

/** The SDK's log as lines: which call, its status, its id; and where credentials were looked for. */
export function awsLogger(debug: Debug): SdkLogger {
  const told = (content: readonly unknown[]): void => {
    for (const item of content) {
      // Of what it says of itself, where it looks for credentials is worth knowing.
      if (typeof item === 'string' && item.includes('credential')) debug('aws', item);
      if (typeof item === 'object' && item !== null && 'commandName' in item)
        debug('aws', callText(item as Called));
    }
  };
  return {
    debug: (...content) => told(content),
    info: (...content) => told(content),
    warn: (...content) => told(content),
    error: (...content) => told(content),
  };
}

function callText({ clientName = '', commandName = '', error, metadata }: Called): string {
  const { httpStatusCode, requestId, attempts } = metadata ?? {};
  return [
    `${clientName.replace(/Client$/, '')} ${commandName.replace(/Command$/, '')}:`,
    error ? `${error.name ?? 'Error'}: ${error.message ?? ''}` : (httpStatusCode ?? 'done'),
    requestId === undefined ? '' : `request ${requestId}`,
    attempts !== undefined && attempts > 1 ? `${attempts} attempts` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const nodeName = (node: NodeRef): string => (node.kind === 'master' ? 'master' : node.address);

/** A shell whose commands are told: where, what, how it ended, how long it took. */
export function watchedShell(shell: SshShell, debug: Debug, now: () => number): SshShell {
  const tell = async <T>(what: string, work: () => Promise<T>, end: (result: T) => string): Promise<T> => {
    const from = now();
    try {
      const result = await work();
      debug('ssh', `${what}: ${end(result)}, ${now() - from} ms`);
      return result;
    } catch (thrown) {
      debug('ssh', `${what}: ${asKubecoreError(thrown).message}, ${now() - from} ms`);
      throw thrown;
    }
  };
  return {
    // What is not a command's own is the shell's as it is.
    ...shell,
    run: (node, argv, options) =>
      tell(
        `${nodeName(node)} $ ${argv.join(' ')}`,
        () => shell.run(node, argv, options),
        ({ code, stdout }) => `exit ${code}, ${stdout.length} bytes`,
      ),
    follow(node, argv, options) {
      debug('ssh', `${nodeName(node)} $ ${argv.join(' ')}: followed`);
      return shell.follow(node, argv, options);
    },
    openTerminal: (node, options) =>
      tell(
        `${nodeName(node)}: a session`,
        () => shell.openTerminal(node, options),
        () => 'ended',
      ),
    upload: (node, path, bytes, options) =>
      tell(
        `${nodeName(node)}: upload to ${path}`,
        () => shell.upload(node, path, bytes, options),
        () => `${bytes.length} bytes`,
      ),
    subscribe(listener) {
      return shell.subscribe(() => {
        const state = shell.connection();
        debug('ssh', `connection: ${state.phase}${'why' in state ? `: ${state.why}` : ''}`);
        listener();
      });
    },
  };
}
