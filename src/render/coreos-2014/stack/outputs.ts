/** Owns the outputs: what one needs to know of a stack once it is there. */
import { getAtt, ref } from '../../template-types.ts';
import type { SecurityGroupId, StackTemplate } from './types.ts';

const groupId = (id: SecurityGroupId) => getAtt(id, 'GroupId');

export const outputs: StackTemplate['Outputs'] = {
  Region: { Description: 'Region the cluster runs in.', Value: ref('AWS::Region') },
  MasterGroup: {
    Description: 'Auto Scaling group of the master.',
    Value: ref('MasterAutoScale'),
  },
  MinionGroup: {
    Description: 'Auto Scaling group of the minions.',
    Value: ref('MinionAutoScale'),
  },
  SecurityGroup: {
    Description: 'Security group of all nodes: SSH from outside, everything among themselves.',
    Value: groupId('KubeSecurityGroup'),
  },
  MasterSecurityGroup: {
    Description: 'Security group of the master alone.',
    Value: groupId('KubeMasterSecurityGroup'),
  },
  MinionSecurityGroup: {
    Description: 'Security group of the minions alone.',
    Value: groupId('KubeMinionSecurityGroup'),
  },
  KeyPair: { Description: 'EC2 key pair that opens the nodes, as user core.', Value: ref('KeyPair') },
  DiscoveryURL: {
    Description: 'etcd discovery URL: a replaced node joins by it.',
    Value: ref('DiscoveryURL'),
  },
};
