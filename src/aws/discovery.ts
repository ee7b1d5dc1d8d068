/**
 * Owns etcd discovery as a launcher sees it: a new token, and what one says. The protocol is etcd's v2 keys API, by the
 * public service (GET /new?size=N answers a URL) or by any etcd that stands in for it.
 */
import { inputError, KubecoreError } from '../cluster/errors.ts';
import type { Cloud } from '../cluster/ports.ts';
import { type Http, type HttpAnswer, httpGet } from './http.ts';
import { plain } from './text.ts';

const OWN_TOKEN =
  'give a discovery URL of your own with --discovery-url, or another service with --discovery-service';

const ANOTHER = 'make a new one, or leave --discovery-url away: kubecore then makes one';

/** The text as an http(s) URL that can stand bare in a cloud-config, or null. */
function webUrl(text: string): URL | null {
  if (/[^\x21-\x7e]|["'\\]|:$/.test(text)) return null;
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** A fresh discovery URL for `size` members. `service` is the base URL, e.g. https://discovery.etcd.io. */
export async function newDiscoveryUrl(
  http: Http,
  service: string,
  size: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const what = 'no discovery token was made';
  const base = service.replace(/\/+$/, '');
  if (webUrl(base) === null)
    throw inputError(what, `"${plain(service)}" is not an http or https address`, OWN_TOKEN);
  const asking = { whom: 'the discovery service', what, next: OWN_TOKEN };
  const { status, text } = await httpGet(http, `${base}/new?size=${size}`, asking, signal);
  const url = text.trim();
  if (status === 200 && webUrl(url) !== null) return url;
  throw new KubecoreError({
    what,
    why:
      status === 200
        ? `${plain(base)} answered "${plain(text).slice(0, 80)}", which is no discovery URL`
        : `${plain(base)} answered ${status}`,
    next: OWN_TOKEN,
    fault: 'network',
    code: 'DiscoveryService',
  });
}

/** What a discovery URL says: how many members have registered, and the size it was made for (null when it does not say). */
export async function discovery(
  http: Http,
  url: string,
  signal: AbortSignal | undefined,
): ReturnType<Cloud['discovery']> {
  const what = 'the discovery URL cannot be used';
  if (webUrl(url) === null)
    throw inputError(what, `"${plain(url)}" is not an http or https address`, ANOTHER);
  const asking = { whom: 'the discovery service', what, next: ANOTHER };
  const base = url.replace(/\/+$/, '');
  const [token, size] = await Promise.all([
    httpGet(http, base, asking, signal),
    httpGet(http, `${base}/_config/size`, asking, signal),
  ]);
  const members = membersOf(token);
  if (members === null) {
    const unknown = token.status === 404;
    throw new KubecoreError({
      what,
      why: unknown
        ? `${plain(url)} is not known there: mistyped, or expired`
        : `${plain(url)} does not answer as etcd discovery does (${token.status})`,
      next: ANOTHER,
      fault: 'input',
      code: unknown ? 'DiscoveryTokenUnknown' : 'NotDiscovery',
    });
  }
  return { members, size: sizeOf(size), addresses: addressesOf(token) };
}

/** `node` of an etcd v2 answer, undefined when it is none. */
function nodeOf({ status, text }: HttpAnswer): Record<string, unknown> | undefined {
  if (status !== 200) return undefined;
  try {
    const answer: unknown = JSON.parse(text);
    const node = (answer as { node?: unknown } | null)?.node;
    return typeof node === 'object' && node !== null ? (node as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** An empty directory has no `nodes`; a key that is no directory is no token. */
function membersOf(answer: HttpAnswer): number | null {
  const node = nodeOf(answer);
  if (node === undefined || node.dir !== true) return null;
  return Array.isArray(node.nodes) ? node.nodes.length : 0;
}

/** Each member's value is the URL of its peer port: `http://10.0.0.5:7001`. */
function addressesOf(answer: HttpAnswer): readonly string[] {
  const nodes = nodeOf(answer)?.nodes;
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: { value?: unknown } | null) => {
    const value = typeof node?.value === 'string' ? node.value : '';
    return URL.canParse(value) ? [new URL(value).hostname] : [];
  });
}

function sizeOf(answer: HttpAnswer): number | null {
  const value = nodeOf(answer)?.value;
  return typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value) ? Number(value) : null;
}
