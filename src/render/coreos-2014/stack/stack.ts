/** Owns the order of the template: the article's sections and resources, put together. */
import type { Template } from '../../template-types.ts';
import type { UpdatePolicy } from '../update.ts';
import { masterGroup, minionGroup } from './auto-scaling.ts';
import { launchConfiguration } from './launch-configuration.ts';
import { mappings } from './mappings.ts';
import { templateParameterSpecs } from './parameters.ts';
import { internalIngress, kubeSecurityGroup, roleSecurityGroup } from './security-groups.ts';

export interface StackChoices extends UpdatePolicy {
  /** An image other than the article's, for one region. */
  readonly image: { readonly region: string; readonly ami: string } | null;
}

export function stackTemplate(choices: StackChoices): Template {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Kubernetes on CoreOS on EC2',
    Mappings: mappings(choices.image),
    Parameters: templateParameterSpecs,
    Resources: {
      CoreOSInternalIngressTCP: internalIngress('tcp'),
      CoreOSInternalIngressUDP: internalIngress('udp'),
      KubeSecurityGroup: kubeSecurityGroup,
      KubeMasterSecurityGroup: roleSecurityGroup('Master SecurityGroup'),
      KubeMinionSecurityGroup: roleSecurityGroup('Minion SecurityGroup'),
      MasterAutoScale: masterGroup,
      MinionAutoScale: minionGroup,
      MasterLaunchConfig: launchConfiguration('master', choices),
      MinionLaunchConfig: launchConfiguration('minion', choices),
    },
  };
}
