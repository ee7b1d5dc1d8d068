/** Owns flannel-download.service: fetches flanneld, which the image of 2014 lacks. */
import type { Unit } from './unit.ts';
import { downloadFile } from './unit.ts';

export const FLANNELD_URL = 'https://s3.amazonaws.com/third-party-binaries/flanneld';

export const flannelDownload: Unit = {
  name: 'flannel-download.service',
  about: 'Fetches flanneld, the overlay network, which the image lacks.',
  file: downloadFile([FLANNELD_URL]),
};
