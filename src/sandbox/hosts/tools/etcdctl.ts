/**
 * Owns etcdctl 0.4: ls, get, set, mk, rm, mkdir against the keys of the host's etcd cluster.
 */
import type { EtcdCluster } from '../../contract.ts';
import type { SessionContext, SessionTool } from '../shell/session.ts';

const clean = (key: string): string =>
  `/${key
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`;

async function fail(context: SessionContext, text: string): Promise<number> {
  await context.stderr(`${text}\n`);
  return 4;
}

/** Children of a directory, as etcd keeps them: hidden ones (`_…`) are not listed. */
function children(keys: Readonly<Record<string, string>>, directory: string, recursive: boolean): string[] {
  const prefix = directory === '/' ? '/' : `${directory}/`;
  const found = new Set<string>();
  for (const key of Object.keys(keys)) {
    if (!key.startsWith(prefix)) continue;
    const parts = key.slice(prefix.length).split('/');
    if (parts.some((part) => part.startsWith('_'))) continue;
    for (let depth = 1; depth <= (recursive ? parts.length : 1); depth++)
      found.add(prefix + parts.slice(0, depth).join('/'));
  }
  return [...found].sort();
}

/** What fleet keeps of its machines (fleet 0.8, registry/machine.go): the registry holds them as objects. */
const fleetKeys = ({ fleet }: EtcdCluster): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.values(fleet.machines).map(({ id, ip, metadata, version }) => [
      `/_coreos.com/fleet/machines/${id}/object`,
      JSON.stringify({ ID: id, PublicIP: ip, Metadata: metadata, Version: version }),
    ]),
  );

export const etcdctl: SessionTool = async (context) => {
  const words = context.argv.slice(1);
  const flags = words.filter((one) => one.startsWith('-'));
  const [verb = 'help', rawKey = '/', ...rest] = words.filter(
    (one) => !one.startsWith('-') && !/^https?:/.test(one),
  );
  if (flags.includes('--version') || flags.includes('-v')) {
    await context.stdout('etcdctl version 0.4.6\n');
    return 0;
  }
  const cluster = context.machine.etcd();
  const index = cluster === null ? 0 : Object.keys(cluster.keys).length + 2;
  if (cluster === null) {
    if (!flags.includes('--no-sync'))
      return fail(context, 'Cannot sync with the cluster using peers 127.0.0.1:4001');
    return fail(
      context,
      'Error:  501: All the given peers are not reachable (Tried to connect to each peer twice and failed) [0]',
    );
  }
  const key = clean(rawKey);
  const keys = { ...cluster.keys, ...fleetKeys(cluster) };
  const value = keys[key];
  const isDirectory = value === undefined && (key === '/' || children(keys, key, false).length > 0);
  const missing = `Error:  100: Key not found (${key}) [${index}]`;
  switch (verb) {
    case 'ls': {
      if (value === undefined && !isDirectory) return fail(context, missing);
      const list = value === undefined ? children(keys, key, flags.includes('--recursive')) : [key];
      await context.stdout(list.map((one) => `${one}\n`).join(''));
      return 0;
    }
    case 'get':
      if (isDirectory) return fail(context, `Error:  102: Not a file (${key}) [${index}]`);
      if (value === undefined) return fail(context, missing);
      await context.stdout(`${value}\n`);
      return 0;
    case 'set':
    case 'update':
    case 'mk': {
      if (!context.machine.hasQuorum())
        return fail(context, 'Error:  300: Raft Internal Error (no leader) [0]');
      if (verb === 'mk' && value !== undefined)
        return fail(context, `Error:  105: Key already exists (${key}) [${index}]`);
      if (verb === 'update' && value === undefined) return fail(context, missing);
      if (isDirectory) return fail(context, `Error:  102: Not a file (${key}) [${index}]`);
      const text = rest.length > 0 ? rest.join(' ') : (await context.stdin()).replace(/\n$/, '');
      cluster.keys[key] = text;
      context.machine.touch();
      await context.stdout(`${text}\n`);
      return 0;
    }
    case 'rm': {
      if (!context.machine.hasQuorum())
        return fail(context, 'Error:  300: Raft Internal Error (no leader) [0]');
      if (isDirectory && !flags.includes('--recursive'))
        return fail(context, `Error:  102: Not a file (${key}) [${index}]`);
      const minion = /^\/registry\/minions\/([^/]+)$/.exec(key)?.[1];
      const known = minion !== undefined && cluster.kube.minions[minion] !== undefined;
      if (value === undefined && !isDirectory && !known) return fail(context, missing);
      // The registry keeps minions as objects; their key in etcd is the only way to take one out (kubecfg cannot).
      if (known) delete cluster.kube.minions[minion];
      for (const one of Object.keys(cluster.keys))
        if (one === key || one.startsWith(`${key}/`)) delete cluster.keys[one];
      context.machine.touch();
      return 0;
    }
    case 'cluster-health':
      await context.stdout(
        context.machine.hasQuorum() ? 'cluster is healthy\n' : 'cluster may be unhealthy: no leader\n',
      );
      return context.machine.hasQuorum() ? 0 : 1;
    default:
      await context.stderr(`No help topic for '${verb}'\n`);
      return 1;
  }
};
