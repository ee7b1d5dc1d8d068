/** What a launch sends: what the parameters decide of it, and that it is sound for any valid parameters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KubecoreError } from '../../src/cluster/errors.ts';
import type { Role } from '../../src/cluster/model.ts';
import { AMI_BY_REGION, DEFAULTS, type Parameters } from '../../src/cluster/parameters.ts';
import { fillPieces } from '../../src/render/lines.ts';
import {
  cloudConfig,
  launchTemplate,
  publishedTemplate,
  renderTemplate,
  templateParameters,
  templateYaml,
} from '../../src/render/template.ts';
import { validParameters } from './arbitrary.ts';

const region = fc.constantFrom(...Object.keys(AMI_BY_REGION));

interface CloudConfig {
  readonly coreos: {
    readonly etcd: Readonly<Record<string, string>>;
    readonly fleet: { readonly metadata: string };
    readonly units: readonly { readonly name: string; readonly command: string; readonly content?: string }[];
    readonly update: Readonly<Record<string, string>>;
  };
}

/** Units that the CoreOS image brings itself. */
const VENDOR = ['docker.socket', 'network-online.target', 'fleet.socket', 'etcd.service'];

const failure = (act: () => unknown): KubecoreError => {
  try {
    act();
  } catch (error) {
    if (error instanceof KubecoreError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('launchTemplate', () => {
  const own = { ...DEFAULTS, ami: 'ami-0123456789abcdef0' };

  it("puts a chosen image in its region's place, or beside the others", () => {
    const article = publishedTemplate().Mappings.RegionMap;
    expect(launchTemplate(DEFAULTS, 'us-east-1').Mappings.RegionMap).toEqual(article);
    expect(launchTemplate(own, 'us-east-1').Mappings.RegionMap).toEqual({
      ...article,
      'us-east-1': { AMI: own.ami },
    });
    expect(launchTemplate(own, 'eu-north-1').Mappings.RegionMap).toEqual({
      ...article,
      'eu-north-1': { AMI: own.ami },
    });
  });

  it('takes a map of images, for regions that the article lacks or whose image is gone', () => {
    const ami = 'eu-north-1=ami-0123456789abcdef0,us-east-1=ami-89abcdef';
    const map = launchTemplate({ ...DEFAULTS, ami }, 'eu-north-1').Mappings.RegionMap;
    expect(map['eu-north-1']).toEqual({ AMI: 'ami-0123456789abcdef0' });
    expect(map['us-east-1']).toEqual({ AMI: 'ami-89abcdef' });
    expect(map['eu-west-1']).toEqual({ AMI: AMI_BY_REGION['eu-west-1'] });
    expect(failure(() => launchTemplate({ ...DEFAULTS, ami }, 'eu-south-1')).exitCode).toBe(2);
  });

  it('changes two lines of the user data for other update settings, and nothing else', () => {
    const template = launchTemplate(
      { ...DEFAULTS, updateGroup: 'stable', rebootStrategy: 'etcd-lock' },
      'us-east-1',
    );
    expect(JSON.stringify(template)).toBe(
      JSON.stringify(launchTemplate(DEFAULTS, 'us-east-1'))
        .replaceAll('"    group: alpha\\n"', '"    group: stable\\n"')
        .replaceAll('"    reboot-strategy: off\\n"', '"    reboot-strategy: etcd-lock\\n"'),
    );
  });

  it('fetches every program from a mirror, or those of one source', () => {
    const urls = (binariesUrl: string) => {
      const body = JSON.stringify(launchTemplate({ ...DEFAULTS, binariesUrl }, 'us-east-1'));
      return [...body.matchAll(/wget -N -P \/opt\/bin ([^\\]+)/g)].map(([, url]) => url!);
    };
    const all = urls('https://mirror.example/2014/');
    expect(all).toHaveLength(15);
    for (const url of all) expect(url).toMatch(/^https:\/\/mirror\.example\/2014\/[a-z-]+$/);
    const some = urls('third-party=http://10.0.0.9:8000');
    expect(some.filter((url) => url.startsWith('http://10.0.0.9:8000/'))).toHaveLength(3);
    expect(some.filter((url) => url.startsWith('http://storage.googleapis.com/kubernetes/'))).toHaveLength(
      12,
    );
  });

  it('refuses a VPC without its subnets', () => {
    const error = failure(() => launchTemplate({ ...DEFAULTS, vpc: 'vpc-0a1b2c3d' }, 'us-east-1'));
    expect(error.message).toContain('which subnets of vpc-0a1b2c3d');
    expect(error.exitCode).toBe(2);
  });

  it('says what to do in a region without an image', () => {
    const error = failure(() => renderTemplate(DEFAULTS, 'eu-north-1'));
    expect(error.message).toContain('no image for eu-north-1');
    expect(error.next).toContain('--ami');
    expect(error.exitCode).toBe(2);
  });
});

describe('renderTemplate', () => {
  it('gives compact JSON, what is known of the parameters, and the resources in order', () => {
    const rendered = renderTemplate({ ...DEFAULTS, clusterSize: 5 }, 'us-east-1');
    expect(rendered.body).toBe(JSON.stringify(launchTemplate(DEFAULTS, 'us-east-1')));
    expect(rendered.templateParameters).toEqual({
      AdvertisedIPAddress: 'private',
      ClusterSize: '5',
      DockerCIDR: '172.24.0.0/16',
      InstanceType: 'm3.medium',
      RootVolumeSize: '8',
      Subnets: '',
      VPC: '',
    });
    expect(rendered.resources).toHaveLength(9);
    expect(rendered.resources[5]).toEqual({
      logicalId: 'MasterAutoScale',
      type: 'AWS::AutoScaling::AutoScalingGroup',
    });
  });

  it('gives all parameters once the rest is answered, and what was given wins', () => {
    const answers = { discoveryUrl: 'https://d/1', allowSshFrom: '192.0.2.1/32', keyPair: 'coreos' };
    expect(templateParameters(DEFAULTS, answers)).toMatchObject({
      AllowSSHFrom: '192.0.2.1/32',
      DiscoveryURL: 'https://d/1',
      KeyPair: 'coreos',
    });
    const given = { ...DEFAULTS, allowSshFrom: '198.51.100.0/24', keyPair: 'mine' };
    expect(templateParameters(given, answers)).toMatchObject({
      AllowSSHFrom: '198.51.100.0/24',
      KeyPair: 'mine',
    });
    expect(Object.keys(templateParameters(DEFAULTS, answers)).sort()).toEqual(
      Object.keys(launchTemplate(DEFAULTS, 'us-east-1').Parameters).sort(),
    );
  });

  it('refuses a discovery URL that AWS would refuse, and says by how much', () => {
    const discoveryUrl = `https://d/${'x'.repeat(4_087)}`;
    const error = failure(() => renderTemplate({ ...DEFAULTS, discoveryUrl }, 'us-east-1'));
    expect(error.message).toBe(
      "the value of DiscoveryURL is too big: 4,097 bytes is 1 more than AWS's 4,096",
    );
  });
});

describe('for any valid parameters', () => {
  it('the template parses, round-trips through YAML, refers only to what is there, and is deterministic', () => {
    fc.assert(
      fc.property(validParameters, region, (parameters, where) => {
        const { body } = renderTemplate(parameters, where);
        expect(renderTemplate(parameters, where).body).toBe(body);
        const template = JSON.parse(body);
        expect(parse(templateYaml(template))).toEqual(template);
        const known = [...Object.keys(template.Parameters), ...Object.keys(template.Resources)];
        for (const [, name] of body.matchAll(/"Ref":"([^"]+)"/g))
          expect(name!.startsWith('AWS::') || known.includes(name!)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('the cloud-config is what the template makes of its parameters', () => {
    fc.assert(
      fc.property(validParameters, region, (parameters, where) => {
        const { Resources } = launchTemplate(parameters, where);
        const values = templateParameters(parameters, {
          discoveryUrl: 'https://d/1',
          allowSshFrom: '192.0.2.1/32',
          keyPair: 'coreos',
        });
        const known = { ...parameters, discoveryUrl: values.DiscoveryURL };
        const joined = (id: 'MasterLaunchTemplate' | 'MinionLaunchTemplate') =>
          fillPieces(
            Resources[id].Properties.LaunchTemplateData.UserData['Fn::Base64']['Fn::Join'][1],
            values,
          );
        expect(cloudConfig('master', known)).toBe(joined('MasterLaunchTemplate'));
        expect(cloudConfig('minion', known)).toBe(joined('MinionLaunchTemplate'));
      }),
      { numRuns: 50 },
    );
  });

  it('the cloud-config begins as one, parses, has the units of its role, and every Requires is there', () => {
    fc.assert(
      fc.property(validParameters, fc.constantFrom<Role>('master', 'minion'), (parameters, role) => {
        const text = cloudConfig(role, parameters);
        expect(text.startsWith('#cloud-config\n')).toBe(true);
        const { coreos } = parse(text) as CloudConfig;
        if (parameters.discoveryUrl !== null) expect(coreos.etcd.discovery).toBe(parameters.discoveryUrl);
        expect(coreos.etcd.addr).toBe(`$${parameters.advertisedIp}_ipv4:4001`);
        expect(coreos.fleet.metadata).toBe(`role=${role}`);
        expect(coreos.update).toEqual({
          group: parameters.updateGroup,
          'reboot-strategy': parameters.rebootStrategy,
        });
        const names = coreos.units.map((unit) => unit.name);
        expect(new Set(names).size).toBe(names.length);
        expect(names.includes('kube-register.service')).toBe(role === 'master');
        for (const { content = '' } of coreos.units)
          for (const [, needs] of content.matchAll(/^Requires=(.*)$/gm))
            for (const need of needs!.trim().split(/\s+/)) expect([...names, ...VENDOR]).toContain(need);
      }),
      { numRuns: 100 },
    );
  });

  it('the smaller blueprints hold what is theirs, the larger ones more of the same', () => {
    const unitsIn = (parameters: Parameters) => {
      const { coreos } = parse(cloudConfig('master', parameters)) as {
        coreos: Partial<CloudConfig['coreos']>;
      };
      return { etcd: coreos.etcd, update: coreos.update, units: coreos.units ?? [] };
    };
    fc.assert(
      fc.property(validParameters, (parameters) => {
        const [single, fleet, kubernetes] = (['single', 'fleet', 'kubernetes'] as const).map((blueprint) =>
          unitsIn({ ...parameters, blueprint }),
        );
        expect(single).toEqual({ etcd: undefined, update: kubernetes!.update, units: [] });
        expect({ ...fleet, units: [] }).toEqual({ ...kubernetes, units: [] });
        for (const unit of fleet!.units) expect(kubernetes!.units).toContainEqual(unit);
        expect(fleet!.units).toHaveLength(3);
      }),
      { numRuns: 50 },
    );
  });
});
