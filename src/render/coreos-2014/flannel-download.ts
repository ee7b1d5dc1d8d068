/** Owns flannel-download.service: fetches flanneld, which the image of 2014 lacks. */
import type { BinarySources } from '../../cluster/binaries.ts';
import type { Unit } from './unit.ts';
import { downloadFile } from './unit.ts';

export const flanneldUrl = (sources: BinarySources): string => `${sources['third-party']}/flanneld`;

export function flannelDownload(sources: BinarySources): Unit {
  return {
    name: 'flannel-download.service',
    about: 'Fetches flanneld, the overlay network, which the image lacks.',
    file: downloadFile([flanneldUrl(sources)]),
  };
}
