/**
 * Owns what etcd 0.4 answers on its peer port 7001 to an operator: who its members are, and taking one out.
 * Shapes: etcd 0.4's server/peer_server_handlers.go (`/v2/admin/machines`, `/remove/NAME`).
 */
import type { HttpAnswer } from '../registry/index.ts';
import { liveMembers } from './etcd.ts';
import type { Machine } from './machine.ts';

const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

/** The answer to a request on port 7001 of `machine`; refused where no etcd runs. */
export function etcdAdmin(machine: Machine, path: string, method: string): HttpAnswer | 'refused' {
  const cluster = machine.etcd();
  if (cluster === null) return 'refused';
  const all = (machine.hosts.all() as readonly Machine[]).filter(
    (host) => host.etcd() === cluster && !host.unreachable(),
  );
  const live = liveMembers(machine.hosts, cluster.members);
  const leader = live.find(({ instance }) => instance.id === cluster.members[0]) ?? live[0];
  const machines = all.map((host) => ({
    name: host.state.machineId,
    state: !cluster.members.includes(host.instance.id) ? 'standby' : host === leader ? 'leader' : 'follower',
    clientURL: `http://${host.instance.privateIp}:4001`,
    peerURL: `http://${host.instance.privateIp}:7001`,
  }));
  if (path === '/v2/admin/machines') return json(200, machines);
  const name = /^\/remove\/([0-9a-f]+)$/.exec(path)?.[1];
  if (name === undefined)
    return { status: 404, contentType: 'text/plain; charset=utf-8', body: '404 page not found\n' };
  if (method !== 'DELETE') return json(405, {});
  if (!machine.hasQuorum())
    return json(500, { errorCode: 300, message: 'Raft Internal Error', cause: '', index: 0 });
  const gone = (machine.hosts.all() as readonly Machine[]).find(({ state }) => state.machineId === name);
  if (gone !== undefined) {
    cluster.members = cluster.members.filter((id) => id !== gone.instance.id);
    const discovery = machine.hosts.world.discovery[cluster.token];
    if (discovery !== undefined) delete discovery.members[gone.instance.id];
    machine.touch();
  }
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: '' };
}
