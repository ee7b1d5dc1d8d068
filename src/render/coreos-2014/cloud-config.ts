/** Owns the order of the cloud-config: the article's units, by role. */
import type { Role } from '../../cluster/model.ts';
import type { Line } from '../lines.ts';
import { apiserver } from './apiserver.ts';
import { controllerManager } from './controller-manager.ts';
import { docker } from './docker.ts';
import { etcd } from './etcd.ts';
import { flannel } from './flannel.ts';
import { flannelDownload } from './flannel-download.ts';
import { fleet, fleetSocket } from './fleet.ts';
import { headerLines } from './header.ts';
import { kubeDownload } from './kube-download.ts';
import { kubeRegister } from './kube-register.ts';
import { kubeRegisterDownload } from './kube-register-download.ts';
import { kubelet } from './kubelet.ts';
import { proxy } from './proxy.ts';
import { scheduler } from './scheduler.ts';
import type { Unit } from './unit.ts';
import { unitLines } from './unit.ts';
import type { UpdatePolicy } from './update.ts';
import { updateLines } from './update.ts';

/** The units of a node, in the order they are written. */
export function unitsOf(role: Role): readonly Unit[] {
  const common = [etcd, flannel(role), docker(role), fleetSocket, fleet, kubelet, proxy];
  return role === 'master'
    ? [
        flannelDownload,
        kubeDownload(role),
        kubeRegisterDownload,
        ...common,
        apiserver,
        scheduler,
        controllerManager,
        kubeRegister,
      ]
    : [kubeDownload(role), ...common];
}

/** The whole cloud-config of a node. */
export function cloudConfigLines(role: Role, policy: UpdatePolicy): readonly Line[] {
  return [...headerLines(role), ...unitsOf(role).flatMap(unitLines), ...updateLines(policy)];
}
