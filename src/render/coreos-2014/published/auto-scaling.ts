/** Owns the two Auto Scaling groups: one for the master, one for the minions. */
import type { Ref } from '../../template-types.ts';
import { ref } from '../../template-types.ts';
import type { AutoScalingGroup, LaunchConfigurationId } from './types.ts';

interface GroupSize {
  readonly desired: string | Ref<'ClusterSize'>;
  readonly min: string;
  readonly max: string;
}

function group(size: GroupSize, launchConfiguration: LaunchConfigurationId): AutoScalingGroup {
  return {
    Properties: {
      AvailabilityZones: { 'Fn::GetAZs': '' },
      DesiredCapacity: size.desired,
      LaunchConfigurationName: ref(launchConfiguration),
      MaxSize: size.max,
      MinSize: size.min,
      Tags: [{ Key: 'Name', PropagateAtLaunch: true, Value: ref('AWS::StackName') }],
    },
    Type: 'AWS::AutoScaling::AutoScalingGroup',
  };
}

export const masterGroup = group({ desired: '1', min: '1', max: '2' }, 'MasterLaunchConfig');

export const minionGroup = group({ desired: ref('ClusterSize'), min: '2', max: '256' }, 'MinionLaunchConfig');
