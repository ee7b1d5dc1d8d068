/** Owns the list of resource types the sandbox can make. */
import { autoScalingGroup } from './auto-scaling-group.ts';
import { instance, launchConfiguration, launchTemplate } from './launch.ts';
import { securityGroup, securityGroupIngress } from './security-group.ts';
import type { ResourceType } from './type.ts';

const TYPES: readonly ResourceType[] = [
  securityGroup,
  securityGroupIngress,
  launchConfiguration,
  launchTemplate,
  autoScalingGroup,
  instance,
];

export const TYPE_NAMES: readonly string[] = TYPES.map((type) => type.name);

/** The type of that name; templates with others are refused before anything is made. */
export function typeNamed(name: string): ResourceType {
  const type = TYPES.find((one) => one.name === name);
  if (!type) throw new Error(`no such resource type: ${name}`);
  return type;
}
