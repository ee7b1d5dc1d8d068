/** Owns etcd.service: the image's own, started here; its settings are in the header. */
import type { Unit } from './unit.ts';

export const etcd: Unit = {
  name: 'etcd.service',
  about: "etcd, the cluster's memory: every node is a member, found through the discovery URL.",
  file: null,
};
