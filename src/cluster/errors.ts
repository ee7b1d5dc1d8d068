/**
 * Owns the one error that reaches a user: what happened, why, what to do next, and whose fault it is.
 * Colour and layout belong to whoever prints it.
 */

/** Whose fault: decides the exit code (CLI.md) and the tone. */
export type Fault = 'input' | 'aws' | 'network' | 'node' | 'cluster' | 'interrupted' | 'bug';

/** Exit codes of CLI.md. */
export const EXIT = { done: 0, bad: 1, usage: 2, aws: 3, node: 4, interrupted: 130 } as const;

const CODE_OF: Record<Fault, number> = {
  input: EXIT.usage,
  aws: EXIT.aws,
  network: EXIT.node,
  node: EXIT.node,
  cluster: EXIT.bad,
  interrupted: EXIT.interrupted,
  bug: EXIT.bad,
};

export interface Explanation {
  /** What happened, a clause without a full stop: `the stack "kubernetes" was not created`. */
  readonly what: string;
  /** Why, as far as known. */
  readonly why: string;
  /** What to do next: a command or an act. */
  readonly next: string;
  readonly fault: Fault;
  /** A stable machine-readable word, e.g. `KeyMismatch`, AWS's own error code, or ssh's phase. */
  readonly code?: string;
  readonly cause?: unknown;
}

/** An error that explains itself. Everything thrown across rooms is one of these; anything else is a bug of ours. */
export class KubecoreError extends Error {
  readonly what: string;
  readonly why: string;
  readonly next: string;
  readonly fault: Fault;
  readonly code: string | null;

  constructor(explanation: Explanation) {
    super(`${explanation.what}: ${explanation.why}`, { cause: explanation.cause });
    this.name = 'KubecoreError';
    this.what = explanation.what;
    this.why = explanation.why;
    this.next = explanation.next;
    this.fault = explanation.fault;
    this.code = explanation.code ?? null;
  }

  get exitCode(): number {
    return CODE_OF[this.fault];
  }
}

/** Bad input: exit code 2. */
export function inputError(what: string, why: string, next: string): KubecoreError {
  return new KubecoreError({ what, why, next, fault: 'input' });
}

/** The user or a signal ended it: exit code 130. */
export function interruptedError(what: string, next: string): KubecoreError {
  return new KubecoreError({ what, why: 'it was interrupted', next, fault: 'interrupted' });
}

/** An error's parts as records for a machine carry them. */
export const errorParts = ({ what, why, next, fault, code }: KubecoreError) => ({
  what,
  why,
  next,
  fault,
  code,
});

/** Any thrown value as a KubecoreError; what is not one already is a bug of ours and says so. */
export function asKubecoreError(value: unknown): KubecoreError {
  if (value instanceof KubecoreError) return value;
  if (value instanceof Error && (value.name === 'AbortError' || value.name === 'TimeoutError')) {
    return interruptedError('the work was stopped', 'run the same command again');
  }
  const why = value instanceof Error ? value.message : String(value);
  return new KubecoreError({
    what: 'kubecore failed in a way it does not understand',
    why,
    next: 'run again with --debug and report what it prints',
    fault: 'bug',
    cause: value,
  });
}
