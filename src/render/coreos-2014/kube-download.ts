/**
 * Owns kube-download.service: fetches the Kubernetes programs. The minion's fetches flanneld too, and, as published,
 * a kube-register that it never runs; the scheduler is listed twice in both, as published.
 */
import type { Role } from '../../cluster/model.ts';
import { FLANNELD_URL } from './flannel-download.ts';
import { KUBE_REGISTER_URL } from './kube-register-download.ts';
import type { Unit } from './unit.ts';
import { downloadFile } from './unit.ts';

const PROGRAMS = ['apiserver', 'controller-manager', 'kubecfg', 'kubelet', 'proxy', 'scheduler', 'scheduler'];

const KUBERNETES_URLS = PROGRAMS.map((program) => `http://storage.googleapis.com/kubernetes/${program}`);

export function kubeDownload(role: Role): Unit {
  const urls = role === 'master' ? KUBERNETES_URLS : [...KUBERNETES_URLS, FLANNELD_URL, KUBE_REGISTER_URL];
  return {
    name: 'kube-download.service',
    about:
      role === 'master'
        ? 'Fetches the Kubernetes programs.'
        : 'Fetches the Kubernetes programs and flanneld.',
    file: downloadFile(urls),
  };
}
