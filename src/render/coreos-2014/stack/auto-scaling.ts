/** Owns the two Auto Scaling groups: one for the master, one for the minions. */
import type { Role } from '../../../cluster/model.ts';
import type { Ref } from '../../template-types.ts';
import { getAtt, ref } from '../../template-types.ts';
import { defaultZones, inOwnNetwork } from './network.ts';
import { groupTags } from './tags.ts';
import type { AutoScalingGroup } from './types.ts';

interface GroupSize {
  readonly desired: string | Ref<'ClusterSize'>;
  readonly min: string;
  readonly max: string;
}

function group(role: Role, size: GroupSize): AutoScalingGroup {
  const launchTemplate = role === 'master' ? 'MasterLaunchTemplate' : 'MinionLaunchTemplate';
  return {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      AvailabilityZones: defaultZones,
      VPCZoneIdentifier: inOwnNetwork('Subnets'),
      LaunchTemplate: {
        LaunchTemplateId: ref(launchTemplate),
        Version: getAtt(launchTemplate, 'LatestVersionNumber'),
      },
      DesiredCapacity: size.desired,
      MinSize: size.min,
      MaxSize: size.max,
      Tags: groupTags(role),
    },
  };
}

export const masterGroup = group('master', { desired: '1', min: '1', max: '2' });

export const minionGroup = group('minion', { desired: ref('ClusterSize'), min: '2', max: '256' });
