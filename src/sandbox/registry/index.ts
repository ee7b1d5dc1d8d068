/**
 * Owns the registry's public face: the step that moves fleet and Kubernetes on, and reads of their HTTP APIs for the
 * hosts' curl. What lives in etcd moves only where etcd has quorum.
 */
import type { EtcdCluster, Host, RegistryStep } from '../contract.ts';
import { fleetStep } from './fleet.ts';
import { kubeStep } from './kube-step.ts';

export { fleetApi } from './fleet-api.ts';
export { apiV1beta1, type HttpAnswer, type HttpRequest } from './kube-api.ts';

/** What fleet's engine and agents, kube-register, the scheduler, the replication manager and the kubelets do. */
export const registryStep: RegistryStep = (hosts) => {
  const now = hosts.clock.now();
  const clusters = new Map<EtcdCluster, Host[]>();
  for (const host of hosts.all()) {
    if ((host.state.unreachableUntil ?? 0) > now) continue;
    const cluster = host.etcd();
    if (cluster === null || !host.hasQuorum()) continue;
    const members = clusters.get(cluster) ?? [];
    members.push(host);
    clusters.set(cluster, members);
  }
  for (const [cluster, members] of clusters) {
    fleetStep(cluster, members, now);
    kubeStep(cluster, members, hosts);
  }
};
