/** The two forms of the template held against each other, and the default form's own shape. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Role } from '../../src/cluster/model.ts';
import { DEFAULTS, RETIRED_TYPES } from '../../src/cluster/parameters.ts';
import { fillPieces } from '../../src/render/lines.ts';
import { cloudConfig, launchTemplate, publishedTemplate, templateYaml } from '../../src/render/template.ts';

const modern = launchTemplate(DEFAULTS, 'us-east-1');
const published = publishedTemplate();

const VALUES = { DiscoveryURL: 'https://d/1', AdvertisedIPAddress: 'private', DockerCIDR: '172.24.0.0/16' };

/** The cloud-config that CloudFormation makes of a form's template. */
function decoded(form: 'default' | 'published', role: Role): string {
  const { UserData } =
    form === 'default'
      ? modern.Resources[role === 'master' ? 'MasterLaunchTemplate' : 'MinionLaunchTemplate'].Properties
          .LaunchTemplateData
      : published.Resources[role === 'master' ? 'MasterLaunchConfig' : 'MinionLaunchConfig'].Properties;
  return fillPieces(UserData['Fn::Base64']['Fn::Join'][1], VALUES);
}

const SCHEDULER =
  '        ExecStart=/usr/bin/wget -N -P /opt/bin http://storage.googleapis.com/kubernetes/scheduler\n';
const REGISTER = [
  '        ExecStart=/usr/bin/wget -N -P /opt/bin https://s3.amazonaws.com/third-party-binaries/kube-register\n',
  '        ExecStart=/usr/bin/chmod +x /opt/bin/kube-register\n',
];

describe('the two forms', () => {
  it('give the same master but for the second download of the scheduler', () => {
    const before = decoded('published', 'master');
    expect(before.split(SCHEDULER)).toHaveLength(3);
    expect(decoded('default', 'master')).toBe(before.replace(SCHEDULER, ''));
  });

  it('give the same minion but for that, the needless kube-register and a blank', () => {
    let expected = decoded('published', 'minion').replace(SCHEDULER, '');
    for (const line of REGISTER) {
      expect(expected.split(line)).toHaveLength(2);
      expected = expected.replace(line, '');
    }
    expect(expected).toContain('Requires= docker.socket');
    expect(decoded('default', 'minion')).toBe(
      expected.replace('Requires= docker.socket', 'Requires=docker.socket'),
    );
  });

  it('print the cloud-config that their template holds', () => {
    const parameters = { ...DEFAULTS, discoveryUrl: 'https://d/1' };
    for (const role of ['master', 'minion'] as const)
      for (const form of ['default', 'published'] as const)
        expect(cloudConfig(role, parameters, form)).toBe(decoded(form, role));
  });

  it('name the same things alike', () => {
    const shared = Object.keys(published.Resources).filter((id) => !id.endsWith('LaunchConfig'));
    expect(Object.keys(modern.Resources)).toEqual([
      ...shared,
      'MasterLaunchTemplate',
      'MinionLaunchTemplate',
    ]);
    for (const [name, spec] of Object.entries(published.Parameters)) {
      const own = modern.Parameters[name as keyof typeof published.Parameters];
      expect([name, own.Default, own.AllowedValues]).toEqual([name, spec.Default, spec.AllowedValues]);
    }
  });
});

describe('the default form', () => {
  it('starts instances in the shape AWS accepts today', () => {
    const body = JSON.stringify(modern);
    expect(body).not.toContain('LaunchConfiguration');
    expect(body).not.toContain('GroupName');
    for (const id of ['MasterLaunchTemplate', 'MinionLaunchTemplate'] as const) {
      const data = modern.Resources[id].Properties.LaunchTemplateData;
      expect(data.MetadataOptions).toEqual({
        HttpEndpoint: 'enabled',
        HttpTokens: 'optional',
        HttpPutResponseHopLimit: 1,
      });
      expect(data.BlockDeviceMappings).toEqual([
        {
          DeviceName: '/dev/xvda',
          Ebs: {
            VolumeType: 'gp3',
            VolumeSize: { Ref: 'RootVolumeSize' },
            Encrypted: true,
            DeleteOnTermination: true,
          },
        },
      ]);
      expect(data.SecurityGroupIds).toHaveLength(2);
    }
  });

  it('labels groups, instances and volumes with the cluster and the role', () => {
    const tags = (role: string) => [
      { Key: 'Name', Value: { Ref: 'AWS::StackName' } },
      { Key: 'kubecore:cluster', Value: { Ref: 'AWS::StackName' } },
      { Key: 'kubecore:role', Value: role },
    ];
    const { MasterAutoScale, MinionAutoScale, MinionLaunchTemplate } = modern.Resources;
    const propagated = (role: string) => tags(role).map((tag) => ({ ...tag, PropagateAtLaunch: true }));
    expect(MasterAutoScale.Properties.Tags).toEqual(propagated('master'));
    expect(MinionAutoScale.Properties.Tags).toEqual(propagated('minion'));
    expect(MinionLaunchTemplate.Properties.LaunchTemplateData.TagSpecifications).toEqual([
      { ResourceType: 'volume', Tags: tags('minion') },
    ]);
  });

  it('marks the types that EC2 no longer starts', () => {
    for (const type of RETIRED_TYPES) {
      expect(modern.Parameters.InstanceType.Description).toContain(type);
      expect(modern.Parameters.InstanceType.AllowedValues).toContain(type);
      expect(published.Parameters.InstanceType.Description).not.toContain(type);
    }
  });

  it('reads the same from YAML, by 1.2 and by 1.1 readers, and comments every resource and unit', () => {
    const yaml = templateYaml(modern);
    expect(parse(yaml)).toEqual(modern);
    expect(parse(yaml, { version: '1.1' })).toEqual(modern);
    for (const id of Object.keys(modern.Resources)) expect(yaml).toMatch(new RegExp(`# .*\\n {2}${id}:`));
    expect(yaml.split('# kube-register registers')).toHaveLength(2);
    expect(yaml.split('# The kubelet runs')).toHaveLength(3);
    expect(yaml).not.toMatch(/&a\d|\*a\d/);
  });
});
