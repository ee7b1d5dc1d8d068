/** Owns the sandbox's etcd discovery service: tokens, and who has registered, in etcd's v2 JSON. Members are entered by hosts/. */
import type { DiscoveryToken, World } from '../contract.ts';
import { activeFault, strike } from './fault-state.ts';
import { token as newToken } from './ids.ts';

export interface PlainAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, value: unknown): PlainAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

const MAX_SIZE = 1_000;

/** A new token for `size` members. */
export function makeToken(world: World, size: number, now: number): string {
  const token = newToken(world);
  world.discovery[token] = { token, size, createdAt: now, members: {} };
  return token;
}

/** Where the machines of the other launch were that a burnt token still names. */
const FORMER = ['10.0.0.11', '10.0.0.12', '10.0.0.13'];

/** The fault `discovery-burnt`: an unused token becomes one that another launch has used up. Spent by that. */
export function burnByFault(world: World, entry: DiscoveryToken, now: number): boolean {
  const fault = activeFault(world, 'discovery-burnt', now);
  if (!fault || Object.keys(entry.members).length > 0) return false;
  strike(world, fault);
  for (let index = 0; index < entry.size; index += 1)
    entry.members[`former-${index}`] = `http://${FORMER[index] ?? `10.0.1.${index}`}:7001`;
  return true;
}

/**
 * Answers `/new?size=N`, `/TOKEN` and `/TOKEN/_config/size` (paths below the service).
 * @param base the service's own URL, which new tokens are appended to
 */
export function answerDiscovery(
  world: World,
  path: string,
  query: URLSearchParams,
  base: string,
  now: number,
): { answer: PlainAnswer; changed: boolean } {
  if (path === '/new') {
    const size = Number(query.get('size') ?? '3');
    if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE)
      return {
        answer: { status: 400, type: 'text/plain', body: 'size must be a number from 1 to 1000\n' },
        changed: false,
      };
    const token = makeToken(world, size, now);
    return { answer: { status: 200, type: 'text/plain', body: `${base}/${token}` }, changed: true };
  }
  const [token = '', ...rest] = path.slice(1).replace(/\/$/, '').split('/');
  const entry = Object.hasOwn(world.discovery, token) ? world.discovery[token] : undefined;
  const key = `/_etcd/registry/${token}`;
  if (!entry) return { answer: notFound(key), changed: false };
  if (rest.length === 0) {
    const changed = burnByFault(world, entry, now);
    return { answer: json(200, { action: 'get', node: members(key, entry.members) }), changed };
  }
  if (rest.join('/') === '_config/size')
    return {
      answer: json(200, {
        action: 'get',
        node: { key: `${key}/_config/size`, value: String(entry.size), modifiedIndex: 2, createdIndex: 2 },
      }),
      changed: false,
    };
  const member = rest.length === 1 ? entry.members[rest[0] ?? ''] : undefined;
  return {
    answer: member
      ? json(200, {
          action: 'get',
          node: { key: `${key}/${rest[0]}`, value: member, modifiedIndex: 3, createdIndex: 3 },
        })
      : notFound(`${key}/${rest.join('/')}`),
    changed: false,
  };
}

/** As etcd: hidden keys (`_config`) are not listed, an empty directory has no `nodes`. */
function members(key: string, registered: Readonly<Record<string, string>>): object {
  const nodes = Object.entries(registered).map(([id, value], index) => ({
    key: `${key}/${id}`,
    value,
    modifiedIndex: 3 + index,
    createdIndex: 3 + index,
  }));
  return { key, dir: true, ...(nodes.length > 0 ? { nodes } : {}), modifiedIndex: 1, createdIndex: 1 };
}

const notFound = (key: string): PlainAnswer =>
  json(404, { errorCode: 100, message: 'Key not found', cause: key, index: 1 });
