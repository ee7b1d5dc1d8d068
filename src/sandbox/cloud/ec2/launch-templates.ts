/** Owns EC2's own actions on launch templates (CloudFormation makes them in cloudformation/types/launch.ts). */
import { AwsError, missingParameter } from '../aws-error.ts';
import { awsId } from '../ids.ts';
import type { Actions } from '../request.ts';
import type { CloudRegion, LaunchTemplateState } from '../state.ts';
import { iso, tagSet, type XmlObject } from '../xml.ts';
import { tagsFor } from './filters.ts';
import { findSecurityGroup } from './instances.ts';
import { noGroup } from './security-groups.ts';

const describe = (template: LaunchTemplateState): XmlObject => ({
  launchTemplateId: template.id,
  launchTemplateName: template.name,
  createTime: iso(template.createdAt),
  defaultVersionNumber: 1,
  latestVersionNumber: template.versions.length,
  tagSet: tagSet(template.tags),
});

const byName = (region: CloudRegion, name: string | undefined): LaunchTemplateState | undefined =>
  Object.values(region.launchTemplates).find((one) => one.name === name);

export const launchTemplateActions: Actions = {
  CreateLaunchTemplate: ({ params, region, world, now }) => {
    const name = params.text('LaunchTemplateName');
    if (!name) throw missingParameter('LaunchTemplateName');
    if (!params.has('LaunchTemplateData')) throw missingParameter('LaunchTemplateData');
    if (byName(region, name))
      throw new AwsError(
        'InvalidLaunchTemplateName.AlreadyExistsException',
        'Launch template name already in use.',
      );
    const data = params.part('LaunchTemplateData');
    const template: LaunchTemplateState = {
      id: awsId(world, 'lt'),
      name,
      createdAt: now,
      versions: [
        {
          imageId: data.text('ImageId') ?? '',
          instanceType: data.text('InstanceType') ?? 'm1.small',
          keyName: data.text('KeyName') ?? null,
          securityGroups: data.texts('SecurityGroupId').map((wanted) => {
            const id = findSecurityGroup(region, wanted);
            if (!id) throw noGroup(region, wanted);
            return id;
          }),
          userData: Buffer.from(data.text('UserData') ?? '', 'base64').toString('utf8'),
        },
      ],
      tags: tagsFor(params, 'launch-template'),
    };
    region.launchTemplates[template.id] = template;
    return { launchTemplate: describe(template) };
  },

  DeleteLaunchTemplate: ({ params, region }) => {
    const id = params.text('LaunchTemplateId');
    const name = params.text('LaunchTemplateName');
    if (!id && !name) throw missingParameter('LaunchTemplateId or LaunchTemplateName');
    const template = id ? region.launchTemplates[id] : byName(region, name);
    if (!template)
      throw new AwsError(
        id ? 'InvalidLaunchTemplateId.NotFound' : 'InvalidLaunchTemplateName.NotFoundException',
        `The specified launch template, with ${id ? `template ID ${id}` : `name ${name}`}, does not exist.`,
      );
    delete region.launchTemplates[template.id];
    return { launchTemplate: describe(template) };
  },
};
