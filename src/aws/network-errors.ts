/** Owns what a failing connection means: Node's and TLS's error codes in words, for AWS and for plain HTTP alike. */
import type { Explanation } from '../cluster/errors.ts';
import { plain } from './text.ts';

/** Deeper than any chain of causes that fetch, undici or the SDK make. */
const DEEPEST = 5;

interface Coded {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
  readonly hostname?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly cause?: unknown;
}

const where = ({ hostname, address, port }: Coded): string => {
  const host = hostname ?? address;
  if (typeof host !== 'string') return '';
  return ` (${plain(host)}${typeof port === 'number' ? `:${port}` : ''})`;
};

const CHECK = 'check the connection, and whether a firewall or VPN is in the way';

/**
 * Why a request got no answer, or null when it is not the network's doing. `whom` is who was asked: `AWS`,
 * `the discovery service`.
 */
export function networkExplanation(
  error: unknown,
  whom: string,
): (Pick<Explanation, 'why' | 'next'> & { readonly fault: 'network'; readonly code: string }) | null {
  let at: unknown = error;
  for (let depth = 0; depth < DEEPEST && typeof at === 'object' && at !== null; depth++) {
    const coded = at as Coded;
    const found = explainOne(coded, whom);
    if (found !== null)
      return {
        ...found,
        fault: 'network',
        code: typeof coded.code === 'string' ? coded.code : String(coded.name),
      };
    at = coded.cause;
  }
  return null;
}

function explainOne(error: Coded, whom: string): Pick<Explanation, 'why' | 'next'> | null {
  const place = where(error);
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        why: `the name of ${whom}'s endpoint was not found${place}`,
        next: 'check the connection, the DNS, and that the region is spelt right',
      };
    case 'ECONNREFUSED':
      return {
        why: `nothing listens where ${whom} should${place}`,
        next: `check AWS_ENDPOINT_URL if it is set, and ${CHECK.replace('check ', '')}`,
      };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return { why: `the connection to ${whom} broke${place}`, next: `run it again; ${CHECK}` };
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
      return { why: `${whom} did not answer in time${place}`, next: proxyHint() };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return { why: `there is no way to ${whom} from here${place}`, next: CHECK };
    default:
  }
  if (typeof error.code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(error.code))
    return {
      why: `${whom}'s certificate is not trusted (${error.code}): something between may be reading along`,
      next: "if that is your company's proxy, give its certificate with NODE_EXTRA_CA_CERTS",
    };
  if (error.name === 'TimeoutError') return { why: `${whom} did not answer in time`, next: proxyHint() };
  if (
    typeof error.message === 'string' &&
    /deserialization error|not well-formed|unexpected token|unclosed tag/i.test(error.message)
  )
    return {
      why: `what answered in place of ${whom} does not speak its protocol`,
      next: 'sign in to the network if it asks for that in a browser, and check AWS_ENDPOINT_URL if it is set',
    };
  return null;
}

/** The SDK connects directly: behind an obligatory proxy that shows as silence. */
const proxyHint = (): string => `${CHECK}; a proxy named in HTTPS_PROXY is not used: a direct way is needed`;
