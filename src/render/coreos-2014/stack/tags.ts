/**
 * Owns the tags of the stack's resources. They stand in the template, so that a stack made with it by any tool is
 * labelled; the recipe, blueprint and version come as tags of the stack, which CloudFormation hands on to all that it
 * makes and to the groups' instances, but not to volumes (CloudFormation template reference, "Resource tag").
 */
import { TAG } from '../../../cluster/identity.ts';
import type { Role } from '../../../cluster/model.ts';
import { type GroupTag, ref } from '../../template-types.ts';
import type { Tag } from './types.ts';

const clusterTags: readonly Tag[] = [
  { Key: 'Name', Value: ref('AWS::StackName') },
  { Key: TAG.cluster, Value: ref('AWS::StackName') },
];

/** Of what all nodes share, or of one role's. */
export const tags = (role: Role | null): readonly Tag[] =>
  role === null ? clusterTags : [...clusterTags, { Key: TAG.role, Value: role }];

/** The same on a group, and through it on its instances. */
export const groupTags = (role: Role): readonly GroupTag[] =>
  tags(role).map(({ Key, Value }) => ({ Key, Value, PropagateAtLaunch: true }));
