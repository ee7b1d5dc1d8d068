/** Owns what an Auto Scaling group of the article starts: image, type, key, groups, and the cloud-config as user data. */
import type { Role } from '../../../cluster/model.ts';
import { ref, regionImage } from '../../template-types.ts';
import { userData } from '../cloud-config.ts';
import { PUBLISHED } from '../node.ts';
import type { LaunchConfiguration } from './types.ts';

export function launchConfiguration(role: Role): LaunchConfiguration {
  return {
    Properties: {
      ImageId: regionImage,
      InstanceType: ref('InstanceType'),
      KeyName: ref('KeyPair'),
      SecurityGroups: [
        ref('KubeSecurityGroup'),
        ref(role === 'master' ? 'KubeMasterSecurityGroup' : 'KubeMinionSecurityGroup'),
      ],
      UserData: userData(role, PUBLISHED),
    },
    Type: 'AWS::AutoScaling::LaunchConfiguration',
  };
}
