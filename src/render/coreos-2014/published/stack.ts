/** Owns the order of the article's template: its sections and resources, put together. */
import { AMI_BY_REGION } from '../../../cluster/images.ts';
import { mappings } from '../stack/mappings.ts';
import { publishedParameters } from '../stack/parameters.ts';
import { masterGroup, minionGroup } from './auto-scaling.ts';
import { launchConfiguration } from './launch-configuration.ts';
import { internalIngress, kubeSecurityGroup, roleSecurityGroup } from './security-groups.ts';
import type { PublishedTemplate } from './types.ts';

export const publishedStack = (): PublishedTemplate => ({
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'Kubernetes on CoreOS on EC2',
  Mappings: mappings(AMI_BY_REGION),
  Parameters: publishedParameters,
  Resources: {
    CoreOSInternalIngressTCP: internalIngress('tcp'),
    CoreOSInternalIngressUDP: internalIngress('udp'),
    KubeSecurityGroup: kubeSecurityGroup,
    KubeMasterSecurityGroup: roleSecurityGroup('Master SecurityGroup'),
    KubeMinionSecurityGroup: roleSecurityGroup('Minion SecurityGroup'),
    MasterAutoScale: masterGroup,
    MinionAutoScale: minionGroup,
    MasterLaunchConfig: launchConfiguration('master'),
    MinionLaunchConfig: launchConfiguration('minion'),
  },
});
