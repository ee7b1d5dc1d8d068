/** Owns kube-register-download.service: fetches kube-register, which tells the API server of fleet's minions. */
import type { BinarySources } from '../../cluster/binaries.ts';
import type { Unit } from './unit.ts';
import { downloadFile } from './unit.ts';

export const kubeRegisterUrl = (sources: BinarySources): string => `${sources['third-party']}/kube-register`;

export function kubeRegisterDownload(sources: BinarySources): Unit {
  return {
    name: 'kube-register-download.service',
    about: 'Fetches kube-register.',
    file: downloadFile([kubeRegisterUrl(sources)]),
  };
}
