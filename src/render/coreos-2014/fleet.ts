/** Owns fleet.socket and fleet.service: the image's own, started here. */
import type { Unit } from './unit.ts';

export const fleetSocket: Unit = {
  name: 'fleet.socket',
  about: "fleet's API on /var/run/fleet.sock, where kube-register asks for the minions.",
  file: null,
};

export const fleet: Unit = {
  name: 'fleet.service',
  about: 'fleet, which announces this node with its role and schedules units over the cluster.',
  file: null,
};
