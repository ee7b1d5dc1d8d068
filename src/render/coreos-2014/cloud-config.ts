/** Owns what a cloud-config holds and in which order, section by section of the article: single, fleet, Kubernetes by role. */
import type { BlueprintName, Role } from '../../cluster/model.ts';
import type { Line } from '../lines.ts';
import { joinPieces } from '../lines.ts';
import type { UserData } from '../template-types.ts';
import { apiserver } from './apiserver.ts';
import { controllerManager } from './controller-manager.ts';
import { docker } from './docker.ts';
import { etcd } from './etcd.ts';
import { flannel } from './flannel.ts';
import { flannelDownload } from './flannel-download.ts';
import { fleet, fleetSocket } from './fleet.ts';
import { etcdLines, headLines, metadataLines } from './header.ts';
import { kubeDownload } from './kube-download.ts';
import { kubeRegister } from './kube-register.ts';
import { kubeRegisterDownload } from './kube-register-download.ts';
import { kubelet } from './kubelet.ts';
import type { NodeChoices } from './node.ts';
import { proxy } from './proxy.ts';
import { scheduler } from './scheduler.ts';
import type { Unit } from './unit.ts';
import { unitLines } from './unit.ts';
import { updateLines } from './update.ts';

/** The units of a node, in the order they are written. The role matters to `kubernetes` alone. */
export function unitsOf(blueprint: BlueprintName, role: Role, choices: NodeChoices): readonly Unit[] {
  switch (blueprint) {
    case 'single':
      return [];
    case 'fleet':
      return [etcd, fleetSocket, fleet];
    case 'kubernetes':
      return kubernetesUnits(role, choices);
  }
}

function kubernetesUnits(role: Role, choices: NodeChoices): readonly Unit[] {
  const { form, sources } = choices;
  const common = [etcd, flannel(role), docker(role, form), fleetSocket, fleet, kubelet, proxy];
  return role === 'master'
    ? [
        flannelDownload(sources),
        kubeDownload(role, choices),
        kubeRegisterDownload(sources),
        ...common,
        apiserver,
        scheduler,
        controllerManager,
        kubeRegister,
      ]
    : [kubeDownload(role, choices), ...common];
}

/** The whole cloud-config of a node. */
export function cloudConfigLines(
  blueprint: BlueprintName,
  role: Role,
  choices: NodeChoices,
): readonly Line[] {
  const units = unitsOf(blueprint, role, choices);
  return [
    ...headLines,
    ...(blueprint === 'single' ? [] : etcdLines),
    ...(blueprint === 'kubernetes' ? metadataLines(role) : []),
    ...(units.length === 0 ? [] : ['  units:', ...units.flatMap(unitLines)]),
    ...updateLines(choices.policy),
  ];
}

/** A Kubernetes node's cloud-config as a template holds it. */
export function userData(role: Role, choices: NodeChoices): UserData {
  return {
    'Fn::Base64': { 'Fn::Join': ['', joinPieces(cloudConfigLines('kubernetes', role, choices))] },
  };
}
