/** Owns the root volumes of instances, and EC2's DescribeVolumes. They come and go with their instances. */
import type { Params } from '../params.ts';
import type { Actions } from '../request.ts';
import type { CloudInstance, RootVolume } from '../state.ts';
import { iso, set, tagSet } from '../xml.ts';
import { applyFilters, page, tagsFor, tagValues } from './filters.ts';

/** What CoreOS's images bring: magnetic disks were EC2's default then. */
const IMAGES_OWN: RootVolume = { size: 8, type: 'standard', encrypted: false, tags: {} };

export const volumeId = (instance: Pick<CloudInstance, 'id'>): string => instance.id.replace(/^i-/, 'vol-');

const volumeOf = (instance: CloudInstance): RootVolume => instance.rootVolume ?? IMAGES_OWN;

/** The root volume that RunInstances asks for. */
export function requestedVolume(params: Params): RootVolume {
  const ebs = params
    .items('BlockDeviceMapping')
    .find((mapping) => mapping.text('DeviceName') === '/dev/xvda')
    ?.part('Ebs');
  return {
    size: ebs?.number('VolumeSize') ?? IMAGES_OWN.size,
    type: ebs?.text('VolumeType') ?? IMAGES_OWN.type,
    encrypted: ebs?.flag('Encrypted') ?? false,
    tags: tagsFor(params, 'volume'),
  };
}

export const volumeActions: Actions = {
  DescribeVolumes: ({ params, region }) => {
    const wanted = params.texts('VolumeId');
    const all = Object.values(region.instances).filter(
      (instance) =>
        instance.state !== 'terminated' && (wanted.length === 0 || wanted.includes(volumeId(instance))),
    );
    const found = applyFilters(all, params, (instance, name) => {
      switch (name) {
        case 'volume-id':
          return [volumeId(instance)];
        case 'status':
          return ['in-use'];
        case 'attachment.instance-id':
          return [instance.id];
        case 'availability-zone':
          return [instance.zone];
        case 'encrypted':
          return [String(volumeOf(instance).encrypted)];
        case 'volume-type':
          return [volumeOf(instance).type];
        default:
          return tagValues(volumeOf(instance).tags, name);
      }
    });
    const paged = page(found, params, { min: 5, max: 1_000 });
    return {
      volumeSet: set(
        paged.items.map((instance) => {
          const { size, type, encrypted, tags } = volumeOf(instance);
          return {
            volumeId: volumeId(instance),
            size,
            volumeType: type,
            encrypted,
            availabilityZone: instance.zone,
            status: 'in-use',
            createTime: iso(instance.launchTime),
            attachmentSet: set([
              {
                volumeId: volumeId(instance),
                instanceId: instance.id,
                device: '/dev/xvda',
                status: 'attached',
                attachTime: iso(instance.launchTime),
                deleteOnTermination: true,
              },
            ]),
            tagSet: tagSet(tags),
          };
        }),
      ),
      nextToken: paged.nextToken,
    };
  },
};
