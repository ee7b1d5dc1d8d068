/** The policy held to the code: the SDK's commands that src/aws sends, and what stands in the template that is sent. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BLUEPRINTS, DEFAULTS } from '../../src/cluster/parameters.ts';
import { actionsFor, iamPolicy, OWN_CALLS, TEMPLATE_CALLS } from '../../src/cluster/permissions.ts';
import { launchTemplate } from '../../src/render/template.ts';

const AWS = new URL('../../src/aws/', import.meta.url);

/** IAM's name of a service, by that of its SDK client. */
const SERVICE: Readonly<Record<string, string>> = {
  ec2: 'ec2',
  cloudformation: 'cloudformation',
  sts: 'sts',
  pricing: 'pricing',
  'service-quotas': 'servicequotas',
};

/** Every command and paginator of the SDK that src/aws imports, as the action that IAM knows. */
function callsOfTheCode(): string[] {
  const found = new Set<string>();
  for (const file of readdirSync(AWS)) {
    const source = readFileSync(new URL(file, AWS), 'utf8');
    for (const [, names = '', client = ''] of source.matchAll(
      /import\s*\{([^}]*)\}\s*from '@aws-sdk\/client-([a-z0-9-]+)'/g,
    )) {
      for (const name of names.split(',').map((part) => part.trim())) {
        const operation = /^(\w+)Command$/.exec(name)?.[1] ?? /^paginate(\w+)$/.exec(name)?.[1];
        if (operation) found.add(`${SERVICE[client] ?? `unknown-client-${client}`}:${operation}`);
      }
    }
  }
  return [...found].sort();
}

/** What in the template makes CloudFormation call others: resource types, functions, types of parameters. */
function partsOfTheTemplate(): string[] {
  const own = { vpc: 'vpc-0a1b2c3d', subnets: 'subnet-0a1b2c3d' };
  const found = new Set<string>();
  for (const parameters of [DEFAULTS, { ...DEFAULTS, ...own }]) {
    const template = launchTemplate(parameters, 'us-east-1');
    for (const { Type } of Object.values(template.Resources)) found.add(Type);
    for (const { Type } of Object.values(template.Parameters)) if (Type.startsWith('AWS::')) found.add(Type);
    const text = JSON.stringify(template);
    for (const name of ['Fn::GetAZs', 'Fn::ImportValue', 'Fn::Transform', 'UpdatePolicy', 'CreationPolicy'])
      if (text.includes(`"${name}"`)) found.add(name);
  }
  return [...found].sort();
}

describe('the rights', () => {
  it('are exactly those of the calls that the code makes', () => {
    expect(callsOfTheCode().length).toBeGreaterThan(30);
    expect(Object.keys(OWN_CALLS).sort()).toEqual(callsOfTheCode());
  });

  it('and those of what stands in the template', () => {
    expect(Object.keys(TEMPLATE_CALLS).sort()).toEqual(partsOfTheTemplate());
  });
});

describe('the policy', () => {
  it.each(BLUEPRINTS)('of %s is IAM’s form, sorted, each action once', (blueprint) => {
    const { Version, Statement } = iamPolicy([blueprint]);
    expect(Version).toBe('2012-10-17');
    for (const { Sid, Effect, Action } of Statement) {
      expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(Effect).toBe('Allow');
      expect(Action).toEqual([...new Set(Action)].sort());
      for (const action of Action) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
    }
    // A managed policy has at most 6,144 characters, white space aside (IAM user guide, quotas).
    expect(JSON.stringify(iamPolicy([blueprint])).length).toBeLessThan(6_144);
  });

  it('gives a blueprint without a stack nothing to change stacks or groups with', () => {
    const actions = actionsFor(['single']);
    expect(actions.filter((action) => action.startsWith('autoscaling:'))).toEqual([]);
    expect(actions.filter((action) => action.startsWith('cloudformation:'))).toEqual([
      'cloudformation:DescribeStacks',
    ]);
    expect(actions).toContain('ec2:TerminateInstances');
    expect(iamPolicy(['single']).Statement).toHaveLength(1);
  });

  it('stands in the README as it is printed', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [, printed = ''] = /### Permissions[\s\S]*?```json\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(JSON.parse(printed)).toEqual(iamPolicy(BLUEPRINTS));
  });

  it('of all blueprints is all of them together', () => {
    const all = new Set(BLUEPRINTS.flatMap((blueprint) => actionsFor([blueprint])));
    expect(actionsFor(BLUEPRINTS)).toEqual([...all].sort());
  });
});
