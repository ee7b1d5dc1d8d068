/** Owns what an Auto Scaling group starts: image, type, key, groups, and the cloud-config as user data. */
import type { Role } from '../../../cluster/model.ts';
import { joinPieces } from '../../lines.ts';
import type { LaunchConfiguration } from '../../template-types.ts';
import { ref } from '../../template-types.ts';
import { cloudConfigLines } from '../cloud-config.ts';
import type { UpdatePolicy } from '../update.ts';

export function launchConfiguration(role: Role, policy: UpdatePolicy): LaunchConfiguration {
  return {
    Properties: {
      ImageId: { 'Fn::FindInMap': ['RegionMap', ref('AWS::Region'), 'AMI'] },
      InstanceType: ref('InstanceType'),
      KeyName: ref('KeyPair'),
      SecurityGroups: [
        ref('KubeSecurityGroup'),
        ref(role === 'master' ? 'KubeMasterSecurityGroup' : 'KubeMinionSecurityGroup'),
      ],
      UserData: { 'Fn::Base64': { 'Fn::Join': ['', joinPieces(cloudConfigLines(role, policy))] } },
    },
    Type: 'AWS::AutoScaling::LaunchConfiguration',
  };
}
