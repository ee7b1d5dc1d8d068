/** Owns what an Auto Scaling group starts: image, type, key, groups, metadata service, root volume, and the cloud-config. */
import type { Role } from '../../../cluster/model.ts';
import { getAtt, ref, regionImage } from '../../template-types.ts';
import { userData } from '../cloud-config.ts';
import type { NodeChoices } from '../node.ts';
import { tags } from './tags.ts';
import type { LaunchTemplate } from './types.ts';

export function launchTemplate(role: Role, choices: NodeChoices): LaunchTemplate {
  return {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateData: {
        ImageId: regionImage,
        InstanceType: ref('InstanceType'),
        KeyName: ref('KeyPair'),
        SecurityGroupIds: [
          getAtt('KubeSecurityGroup', 'GroupId'),
          getAtt(role === 'master' ? 'KubeMasterSecurityGroup' : 'KubeMinionSecurityGroup', 'GroupId'),
        ],
        // coreos-cloudinit of 2014 reads user data without a token; one hop keeps the pods away from the service.
        MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'optional', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [
          {
            // The root device of CoreOS's HVM images.
            DeviceName: '/dev/xvda',
            Ebs: {
              VolumeType: 'gp3',
              VolumeSize: ref('RootVolumeSize'),
              Encrypted: true,
              DeleteOnTermination: true,
            },
          },
        ],
        TagSpecifications: [{ ResourceType: 'volume', Tags: tags(role) }],
        UserData: userData(role, choices),
      },
    },
  };
}
