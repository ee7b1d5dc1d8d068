/** Owns the order of the default form: the article's resources in the shape AWS accepts today, put together. */

import type { NodeChoices } from '../node.ts';
import { masterGroup, minionGroup } from './auto-scaling.ts';
import { launchTemplate } from './launch-template.ts';
import { mappings } from './mappings.ts';
import { conditions } from './network.ts';
import { outputs } from './outputs.ts';
import { stackParameters } from './parameters.ts';
import { internalIngress, kubeSecurityGroup, roleSecurityGroup } from './security-groups.ts';
import type { StackTemplate } from './types.ts';

export interface StackChoices {
  /** Image of each region. */
  readonly images: Readonly<Record<string, string>>;
  readonly node: NodeChoices;
}

export function stackTemplate({ images, node }: StackChoices): StackTemplate {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Kubernetes on CoreOS on EC2',
    Mappings: mappings(images),
    Parameters: stackParameters,
    Conditions: conditions,
    Resources: {
      CoreOSInternalIngressTCP: internalIngress('tcp'),
      CoreOSInternalIngressUDP: internalIngress('udp'),
      KubeSecurityGroup: kubeSecurityGroup,
      KubeMasterSecurityGroup: roleSecurityGroup('master'),
      KubeMinionSecurityGroup: roleSecurityGroup('minion'),
      MasterAutoScale: masterGroup,
      MinionAutoScale: minionGroup,
      MasterLaunchTemplate: launchTemplate('master', node),
      MinionLaunchTemplate: launchTemplate('minion', node),
    },
    Outputs: outputs,
  };
}
