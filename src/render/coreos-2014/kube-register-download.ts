/** Owns kube-register-download.service: fetches kube-register, which tells the API server of fleet's minions. */
import type { Unit } from './unit.ts';
import { downloadFile } from './unit.ts';

export const KUBE_REGISTER_URL = 'https://s3.amazonaws.com/third-party-binaries/kube-register';

export const kubeRegisterDownload: Unit = {
  name: 'kube-register-download.service',
  about: 'Fetches kube-register.',
  file: downloadFile([KUBE_REGISTER_URL]),
};
