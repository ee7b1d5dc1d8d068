/** Owns the question which public address this computer has, asked of AWS and of nobody else. */
import ipaddr from 'ipaddr.js';
import { KubecoreError } from '../cluster/errors.ts';
import { type Http, httpGet } from './http.ts';
import { plain } from './text.ts';

/** Answers a GET with the caller's address and a newline. */
export const CHECKIP_URL = 'https://checkip.amazonaws.com';

/** The public IPv4 address that AWS sees. */
export async function callerAddress(
  http: Http,
  url: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const asking = {
    whom: new URL(url).host,
    what: "this computer's public address is not known",
    next: 'say from where SSH is allowed: --allow-ssh-from ADDRESS/32',
  };
  const { status, text } = await httpGet(http, url, asking, signal);
  const address = text.trim();
  if (status === 200 && ipaddr.IPv4.isValidFourPartDecimal(address)) return address;
  throw new KubecoreError({
    what: asking.what,
    why:
      status !== 200
        ? `${asking.whom} answered ${status}`
        : `${asking.whom} answered "${plain(address).slice(0, 80)}", which is no IPv4 address`,
    next: asking.next,
    fault: 'network',
    code: 'CallerAddress',
  });
}
