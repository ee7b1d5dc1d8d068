/**
 * Owns what AWS's refusals and a failing network become: every error of the SDK as a KubecoreError that says what happened, why,
 * and what to do (error-meanings.ts has AWS's names).
 */
import { KubecoreError } from '../cluster/errors.ts';
import { type Asked, type Doing, type Meaning, meaningOf } from './error-meanings.ts';
import { networkExplanation } from './network-errors.ts';
import { plain } from './text.ts';

/** Is it one of AWS's (or the credential chain's) own errors with this name? */
export function isAwsError(error: unknown, ...names: readonly string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

/** Any error of an SDK call as a KubecoreError with fault `aws`, or `network` when AWS was not reached. */
export function awsError(error: unknown, doing: Doing, asked: Asked): KubecoreError {
  if (error instanceof KubecoreError) return error;
  const explained = error instanceof Error ? meaningOf(error, doing, asked) : undefined;
  const meaning = explained ?? badEndpoint(error) ?? networkExplanation(error, 'AWS') ?? unexplained(error);
  return new KubecoreError({
    what: doing.what,
    fault: 'aws',
    code: error instanceof Error ? error.name : 'Unknown',
    cause: error,
    ...meaning,
  });
}

/** As `awsError`, with EC2's encoded refusal read where that is allowed. */
export async function awsErrorDecoded(error: unknown, doing: Doing, asked: Asked): Promise<KubecoreError> {
  const encoded =
    error instanceof Error && error.name === 'UnauthorizedOperation'
      ? /Encoded authorization failure message: ?([\w-]+)/i.exec(error.message)?.[1]
      : undefined;
  const decoded = encoded === undefined ? null : ((await asked.decode?.(encoded)) ?? null);
  const translated = awsError(error, doing, asked);
  if (decoded === null) return translated;
  return new KubecoreError({
    what: translated.what,
    why: `${translated.why} (${decoded})`,
    next: translated.next,
    fault: translated.fault,
    code: translated.code ?? 'UnauthorizedOperation',
    cause: error,
  });
}

/** The SDK reads AWS_ENDPOINT_URL itself, and asks no sooner than with the first request whether it is an address. */
const badEndpoint = (error: unknown): Meaning | null =>
  error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_URL'
    ? {
        why: 'AWS_ENDPOINT_URL (or endpoint_url of the profile) is not an address',
        next: 'write it as http://HOST:PORT, or unset it to ask AWS itself',
        fault: 'input',
        code: 'BadEndpoint',
      }
    : null;

function unexplained(error: unknown): Meaning {
  const why = plain(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  return {
    why: `AWS refused it: ${why}`,
    next: 'correct what it names and run again, with --debug for more',
  };
}
