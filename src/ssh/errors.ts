/** Owns the words for what goes wrong on the way to a node and in talking to it: what, why, what to do next. */
import { KubecoreError } from '../cluster/errors.ts';
import { printable } from '../cluster/printable.ts';
import { MAX_GREETING_BYTES } from './greeting.ts';

const RETRY = 'kubecore keeps trying by itself; check your network';

function network(code: string, what: string, why: string, next: string, cause?: unknown): KubecoreError {
  return new KubecoreError({ what, why, next, fault: 'network', code, cause });
}

/** A TCP connection that did not come about; `cause.code` is Node's errno word. */
export function dialError(to: string, port: number, cause: unknown): KubecoreError {
  const what = `${to} cannot be reached`;
  const { code, message } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return network(
        'Refused',
        what,
        `nothing listens on port ${port} (connection refused)`,
        'wait if the instance is still booting; else check that sshd runs on it',
        cause,
      );
    case 'ETIMEDOUT':
    case 'ESOCKETTIMEDOUT':
      return timedOut(to, `connection to port ${port}`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'ENETDOWN':
      return network(
        'NoRoute',
        what,
        `there is no route to it (${code})`,
        'check your network and VPN',
        cause,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return network(
        'UnknownHost',
        what,
        `its name cannot be resolved (${code})`,
        'check the spelling of the address, and DNS',
        cause,
      );
    default:
      return network('ConnectFailed', what, printable(message ?? String(cause)), RETRY, cause);
  }
}

/** A phase of connecting that went on for too long. */
export function timedOut(to: string, phase: string): KubecoreError {
  return network(
    'TimedOut',
    `${to} does not answer`,
    `the ${phase} timed out`,
    'check that port 22 is open to your address (--allow-ssh-from) and that the instance runs',
  );
}

/** The master could not make the way to a node. `reason` is RFC 4254's open failure code. */
export function jumpError(to: string, via: string, error: Error & { reason?: unknown }): KubecoreError {
  const text = printable(error.message.replace(/^\(SSH\) Channel open failure: /, ''));
  if (error.reason === 1 || error.reason === 'ADMINISTRATIVELY_PROHIBITED') {
    return new KubecoreError({
      what: `${to} cannot be reached through ${via}`,
      why: 'its sshd does not allow forwarding',
      next: 'set AllowTcpForwarding yes in its sshd_config',
      fault: 'node',
      code: 'ForwardRefused',
      cause: error,
    });
  }
  return network(
    'NoRoute',
    `${to} cannot be reached through ${via}`,
    text,
    'check that the node runs',
    error,
  );
}

/** Something went wrong between the TCP connection and the agreed keys. `sent` is what came first, null when nothing did. */
export function handshakeError(
  to: string,
  error: (Error & { level?: string }) | null,
  sent: Uint8Array | null,
): KubecoreError {
  const text = error?.message ?? '';
  const node = (code: string, what: string, why: string, next: string) =>
    new KubecoreError({ what, why, next, fault: 'node', code, cause: error });
  if (/no matching/i.test(text)) {
    return node(
      'NoCommonAlgorithm',
      `no secure connection with ${to}`,
      printable(text),
      'its sshd offers only algorithms that are too old or too new; change them in its sshd_config',
    );
  }
  const greeting = sent === null ? '' : printable(sent.subarray(0, 300), 120);
  const busy = /^Exceeded MaxStartups/.test(greeting);
  const garbage = greeting !== '' && !greeting.startsWith('SSH-') && !busy;
  // A socket's own error, or a close without one, is a connection that broke; the rest is wrong in what was sent.
  const broke = error === null || error.level === 'client-socket' || /lost before handshake/.test(text);
  if (garbage || !broke) {
    return node(
      'NotSsh',
      `${to} does not speak SSH as it should`,
      garbage ? `it sent "${greeting}"` : printable(text),
      'check the address and the port: something other than sshd may listen there',
    );
  }
  const reason = busy ? greeting : printable(text);
  return network(
    'HandshakeLost',
    `${to} broke off the connection`,
    `it closed before the handshake was done${reason === '' ? '' : ` (${reason})`}`,
    'it may be booting, or have too many connections at once (MaxStartups); kubecore tries again',
    error,
  );
}

/** It talks without end and never says that it speaks SSH. */
export function greetingTooLong(to: string, sent: Uint8Array | null): KubecoreError {
  return new KubecoreError({
    what: `${to} does not speak SSH as it should`,
    why: `it sent more than ${MAX_GREETING_BYTES / 1024} KiB without naming itself, beginning with "${printable(sent ?? '', 120)}"`,
    next: 'check the address and the port: something other than sshd may listen there',
    fault: 'node',
    code: 'NotSsh',
  });
}

export interface AuthFailure {
  readonly to: string;
  readonly user: string;
  /** Labels of the keys that were offered, in order. */
  readonly tried: readonly string[];
  /** Methods that the server would take. */
  readonly methods: readonly string[];
  readonly problems: readonly KubecoreError[];
  /** What the server said last, null when it just said no. */
  readonly said: string | null;
  /** What it shows before a login (why an account may not be used, or only its house rules); null when nothing. */
  readonly banner: string | null;
}

/** Nobody let us in. */
export function authError(failure: AuthFailure): KubecoreError {
  const { to, user, tried, methods, problems, said, banner } = failure;
  const what = `${to} did not let ${printable(user)} in`;
  const [problem] = problems;
  const publickey = methods.length === 0 || methods.includes('publickey');
  if (tried.length === 0 && publickey && problem !== undefined) return problem;
  const offers = `it takes ${methods.map((name) => printable(name)).join(', ') || 'nothing'}`;
  const keys = tried.length === 0 ? 'there was no key to try' : `tried: ${tried.join(', ')}`;
  let code = 'AuthFailed';
  let why = `${keys}; ${offers}`;
  let next =
    'use the private key of the key pair it was launched with: --identity FILE; if that is the one, ' +
    'the account may be locked or not allowed there: see the journal of its sshd';
  if (said !== null && /too many authentication failures/i.test(said)) {
    code = 'TooManyAuthFailures';
    why = `it gave up after ${tried.length} keys (MaxAuthTries); ${keys}`;
    next = 'give the one right key with --identity FILE';
  } else if (!publickey) {
    why = `${offers}, and no keys`;
    next = 'kubecore logs in by key alone; allow PubkeyAuthentication in its sshd_config';
  } else if (said !== null) {
    why = `it said: ${said}`;
    next = 'see its journal for sshd: the account may be locked or the address not allowed';
  }
  if (banner !== null) why += `; it said "${printable(banner, 200)}"`;
  if (problem !== undefined) {
    why += ` (also: ${problem.message})`;
    if (code === 'AuthFailed') next = `${problem.next}; or ${next}`;
  }
  return new KubecoreError({ what, why, next, fault: 'node', code });
}

/** An open connection that ended. */
export function lostError(to: string, why: string): KubecoreError {
  return network('ConnectionLost', `the connection to ${to} was lost`, why, RETRY);
}

/** A request that would not wait any longer for the connection. */
export function stillConnecting(to: string, why: string | null): KubecoreError {
  return network(
    'Reconnecting',
    `${to} is not connected`,
    why === null ? 'still connecting' : `reconnecting, because ${why}`,
    RETRY,
  );
}

/** The shell was closed under a request. */
export function closedError(): KubecoreError {
  return new KubecoreError({
    what: 'the command was not finished',
    why: 'the connection was closed by kubecore',
    next: 'run it again',
    fault: 'interrupted',
    code: 'Closed',
  });
}

/** sshd would open no session channel, though none of ours was open. */
export function channelRefused(to: string, cause: Error): KubecoreError {
  return new KubecoreError({
    what: `${to} runs no command`,
    why: `its sshd refused a session: ${printable(cause.message)}`,
    next: 'check MaxSessions and the login shell of the user there',
    fault: 'node',
    code: 'ChannelRefused',
    cause,
  });
}

/** All sessions of a connection are taken by logs and shells that stay open. */
export function queuedTooLong(to: string, open: number): KubecoreError {
  return new KubecoreError({
    what: `${to} is busy`,
    why: `all of the ${open} sessions that its sshd allows on one connection are in use`,
    next: 'close a log or a shell on it, or raise MaxSessions there',
    fault: 'node',
    code: 'Busy',
  });
}

/** A command, named by its program, that ended in a way its caller cannot use. */
export function commandError(
  code: 'CommandTimedOut' | 'OutputTooLong' | 'NoExitStatus' | 'CommandFailed',
  to: string,
  program: string,
  why: string,
): KubecoreError {
  const next = {
    CommandTimedOut: 'the node may be overloaded, or what the command talks to may hang; try again',
    OutputTooLong: 'ask for less at once',
    NoExitStatus: 'try again; see the journal of sshd there',
    CommandFailed: `run it by hand to see more: kubecore ssh, then ${printable(program)}`,
  }[code];
  return new KubecoreError({ what: `${printable(program)} failed on ${to}`, why, next, fault: 'node', code });
}

/** The server has no sftp, or its program is not there. */
export function sftpAbsent(to: string, cause: Error): KubecoreError {
  return new KubecoreError({
    what: `${to} takes no files`,
    why: `its sshd has no sftp (${printable(cause.message)})`,
    next: 'put "Subsystem sftp internal-sftp" into its sshd_config and restart sshd',
    fault: 'node',
    code: 'SftpAbsent',
    cause,
  });
}

/** A file that was not brought to a node. */
export function uploadError(
  code: 'DiskFull' | 'PermissionDenied' | 'NoSuchDirectory' | 'UploadTimedOut' | 'UploadFailed',
  to: string,
  path: string,
  why: string,
): KubecoreError {
  const next = {
    DiskFull: 'make room there: df -h, then journalctl --vacuum-size=100M or docker rmi',
    PermissionDenied: 'choose a directory of that user, or copy it in place there with sudo',
    NoSuchDirectory: 'make the directory first: kubecore ssh, then mkdir -p',
    UploadTimedOut: 'the node or the network may be slow; try again',
    UploadFailed: 'see whether the path is a directory, and the disk by df -h there',
  }[code];
  return new KubecoreError({
    what: `${printable(path)} was not written on ${to}`,
    why,
    next,
    fault: 'node',
    code,
  });
}
