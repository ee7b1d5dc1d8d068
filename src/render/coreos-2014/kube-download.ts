/**
 * Owns kube-download.service: fetches the Kubernetes programs. The minion's fetches flanneld too. As published, it also
 * fetches a kube-register that no minion runs, and both roles list the scheduler twice.
 */
import type { Role } from '../../cluster/model.ts';
import { flanneldUrl } from './flannel-download.ts';
import { kubeRegisterUrl } from './kube-register-download.ts';
import type { NodeChoices } from './node.ts';
import type { Unit } from './unit.ts';
import { downloadFile } from './unit.ts';

const PROGRAMS = ['apiserver', 'controller-manager', 'kubecfg', 'kubelet', 'proxy', 'scheduler'];

export function kubeDownload(role: Role, { form, sources }: NodeChoices): Unit {
  const published = form === 'published';
  const programs = published ? [...PROGRAMS, 'scheduler'] : PROGRAMS;
  const urls = programs.map((program) => `${sources.kubernetes}/${program}`);
  const minionUrls = [flanneldUrl(sources), ...(published ? [kubeRegisterUrl(sources)] : [])];
  return {
    name: 'kube-download.service',
    about:
      role === 'master'
        ? 'Fetches the Kubernetes programs.'
        : 'Fetches the Kubernetes programs and flanneld.',
    file: downloadFile(role === 'master' ? urls : [...urls, ...minionUrls]),
  };
}
