/** Owns the three security groups, and the ingress that lets the nodes talk to each other. */
import { getAtt, ref } from '../../template-types.ts';
import type { SecurityGroup, SecurityGroupIngress } from './types.ts';

/** Every port, from the nodes themselves. Its own resource: a group cannot name itself in its own rules. */
export function internalIngress(protocol: 'tcp' | 'udp'): SecurityGroupIngress {
  return {
    Properties: {
      GroupName: ref('KubeSecurityGroup'),
      IpProtocol: protocol,
      FromPort: '0',
      ToPort: '65535',
      SourceSecurityGroupId: getAtt('KubeSecurityGroup', 'GroupId'),
    },
    Type: 'AWS::EC2::SecurityGroupIngress',
  };
}

/** Common to all nodes: SSH from the block that was given. */
export const kubeSecurityGroup: SecurityGroup = {
  Properties: {
    GroupDescription: 'CoreOS SecurityGroup',
    SecurityGroupIngress: [{ CidrIp: ref('AllowSSHFrom'), FromPort: '22', IpProtocol: 'tcp', ToPort: '22' }],
  },
  Type: 'AWS::EC2::SecurityGroup',
};

/** Without rules of its own: a place for what only this role should let in. */
export function roleSecurityGroup(description: string): SecurityGroup {
  return { Properties: { GroupDescription: description }, Type: 'AWS::EC2::SecurityGroup' };
}
