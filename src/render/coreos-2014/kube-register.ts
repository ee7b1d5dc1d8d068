/** Owns kube-register.service: registers fleet's machines of role minion with the API server. */
import type { Unit } from './unit.ts';
import { daemonFile } from './unit.ts';

export const kubeRegister: Unit = {
  name: 'kube-register.service',
  about: 'kube-register registers every fleet machine with role=minion as a minion.',
  file: daemonFile(
    ['kube-apiserver.service', 'kube-register-download.service', 'fleet.socket'],
    'kube-register',
    '--metadata=role=minion --fleet-endpoint=unix:///var/run/fleet.sock -api-endpoint=http://127.0.0.1:8080',
  ),
};
