/** Owns the three security groups, and the ingress that lets the nodes talk to each other. Groups go by id, which every VPC has. */
import type { Role } from '../../../cluster/model.ts';
import { getAtt, ref } from '../../template-types.ts';
import { inOwnNetwork } from './network.ts';
import { tags } from './tags.ts';
import type { SecurityGroup, SecurityGroupIngress } from './types.ts';

/** Every port, from the nodes themselves. Its own resource: a group cannot name itself in its own rules. */
export function internalIngress(protocol: 'tcp' | 'udp'): SecurityGroupIngress {
  return {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      Description: `All ${protocol.toUpperCase()} among the nodes`,
      GroupId: getAtt('KubeSecurityGroup', 'GroupId'),
      IpProtocol: protocol,
      FromPort: 0,
      ToPort: 65_535,
      SourceSecurityGroupId: getAtt('KubeSecurityGroup', 'GroupId'),
    },
  };
}

/** Common to all nodes: SSH from the block that was given. */
export const kubeSecurityGroup: SecurityGroup = {
  Type: 'AWS::EC2::SecurityGroup',
  Properties: {
    GroupDescription: 'CoreOS SecurityGroup',
    VpcId: inOwnNetwork('VPC'),
    SecurityGroupIngress: [
      {
        Description: 'SSH from the net block of AllowSSHFrom',
        CidrIp: ref('AllowSSHFrom'),
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
      },
    ],
    Tags: tags(null),
  },
};

/** Without rules of its own: a place for what only this role should let in. */
export function roleSecurityGroup(role: Role): SecurityGroup {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: role === 'master' ? 'Master SecurityGroup' : 'Minion SecurityGroup',
      VpcId: inOwnNetwork('VPC'),
      Tags: tags(role),
    },
  };
}
