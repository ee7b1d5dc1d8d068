/** Owns plain HTTP to what is not an AWS API: a bounded GET with a time limit and a few tries. */
import { KubecoreError } from '../cluster/errors.ts';
import type { Clock, Random } from '../cluster/ports.ts';
import { abortedError } from './call.ts';
import { networkExplanation } from './network-errors.ts';
import { plain } from './text.ts';

export interface Http {
  readonly clock: Clock;
  readonly random: Random;
  /** For one try, connecting included. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Decoded as UTF-8. */
  readonly text: string;
}

/** Bytes of an answer that are read: a discovery listing of 257 members is about 60 KB. */
const LARGEST = 1_048_576;

const TRIES = 3;

/**
 * The answer, whatever its status below 500. A try that gets no answer, or 500 and above, is repeated after a jittered
 * pause; then it throws a KubecoreError (fault `network`), whose `what` is the caller's.
 */
export async function httpGet(
  http: Http,
  url: string,
  asking: { readonly whom: string; readonly what: string; readonly next: string },
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      signal?.throwIfAborted();
      const answer = await getOnce(url, http.timeoutMs, signal);
      if (answer.status < 500) return answer;
      if (attempt === TRIES)
        throw new KubecoreError({
          what: asking.what,
          why: `${asking.whom} (${plain(url)}) answered ${answer.status}`,
          next: asking.next,
          fault: 'network',
          code: `Http${answer.status}`,
        });
    } catch (error) {
      if (signal?.aborted) throw abortedError(signal, `GET ${plain(url)}`);
      if (error instanceof KubecoreError) throw error;
      if (attempt === TRIES) throw unreachable(error, url, asking);
    }
    try {
      await http.clock.sleep(500 * 2 ** (attempt - 1) * (0.5 + http.random()), signal);
    } catch (error) {
      if (signal?.aborted) throw abortedError(signal, `GET ${plain(url)}`);
      throw error;
    }
  }
}

async function getOnce(url: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  const limit = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, {
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > LARGEST) throw new RangeError(`the answer is larger than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  return { status: response.status, text: Buffer.concat(chunks).toString('utf8') };
}

function unreachable(
  error: unknown,
  url: string,
  asking: { readonly whom: string; readonly what: string; readonly next: string },
): KubecoreError {
  const found = networkExplanation(error, asking.whom);
  return new KubecoreError({
    what: asking.what,
    why: found?.why ?? `${asking.whom} (${plain(url)}) gave no usable answer: ${plain(String(error))}`,
    next: asking.next,
    fault: 'network',
    code: found?.code ?? 'NoAnswer',
    cause: error,
  });
}
