/** Owns reads of fleet's HTTP API (v1-alpha) on /var/run/fleet.sock, as curl on a host sees them. */
import type { FleetUnit, Host } from '../contract.ts';
import { byKey, currentState } from './fleet.ts';
import type { HttpAnswer } from './kube-api.ts';
import { parseUnit } from './unit-file.ts';

const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

function unitResource(unit: FleetUnit) {
  const options = parseUnit(unit.content).map(({ section, name, value }) => ({ name, section, value }));
  return {
    currentState: currentState(unit),
    desiredState: unit.desired,
    ...(unit.target === null ? {} : { machineID: unit.target }),
    name: unit.name,
    ...(options.length === 0 ? {} : { options }),
  };
}

/** GET of a path below /v1-alpha on this host's fleet socket; null when fleet's socket does not listen. */
export function fleetApi(host: Host, path: string): HttpAnswer | null {
  const cluster = host.etcd();
  if (cluster === null || !(host.active('fleet.service') || host.active('fleet.socket'))) return null;
  const { machines, units, states } = cluster.fleet;
  const url = new URL(path, 'http://x');
  const [, version, resource, name] = url.pathname.split('/');
  if (version !== 'v1-alpha') return { status: 404, contentType: 'text/plain', body: '404 page not found\n' };
  if (resource === 'machines') {
    const list = Object.values(machines).sort((a, b) => byKey(a.id, b.id));
    return json(200, {
      machines: list.map((machine) => ({
        id: machine.id,
        metadata: machine.metadata,
        primaryIP: machine.ip,
      })),
    });
  }
  if (resource === 'units' && name !== undefined && name !== '') {
    const unit = units[decodeURIComponent(name)];
    return unit === undefined
      ? json(404, { error: { code: 404, message: 'unit does not exist' } })
      : json(200, unitResource(unit));
  }
  if (resource === 'units') {
    const list = Object.values(units).sort((a, b) => byKey(a.name, b.name));
    return json(200, { units: list.map(unitResource) });
  }
  if (resource === 'state') {
    const machine = url.searchParams.get('machineID');
    const unit = url.searchParams.get('unitName');
    const list = Object.entries(states)
      .flatMap(([name, byMachine]) =>
        Object.entries(byMachine).map(([machineID, state]) => ({
          hash: state.hash,
          machineID,
          name,
          systemdActiveState: state.active,
          systemdLoadState: state.load,
          systemdSubState: state.sub,
        })),
      )
      .filter(
        (state) =>
          (machine === null || state.machineID === machine) && (unit === null || state.name === unit),
      )
      .sort((a, b) => byKey(a.name, b.name) || byKey(a.machineID, b.machineID));
    return json(200, { states: list });
  }
  return { status: 404, contentType: 'text/plain', body: '404 page not found\n' };
}
