/** The plan of a launch that is there shows what its own template has. */
import { expect, test } from 'vitest';
import { planOfStack } from '../../src/render/plan.ts';
import { publishedTemplate } from '../../src/render/template.ts';
import { stackOf } from '../helpers/fake-cloud.ts';

const typesOf = (running: string | null): readonly string[] => [
  ...new Set(
    planOfStack(stackOf('CREATE_IN_PROGRESS'), 'eu-west-1', '1', running).resources.map(({ type }) => type),
  ),
];

test('the resources are those of the template that runs', () => {
  expect(typesOf(JSON.stringify(publishedTemplate()))).toContain('AWS::AutoScaling::LaunchConfiguration');
  expect(typesOf(null)).toContain('AWS::EC2::LaunchTemplate');
});

test('a template that is no JSON, or has none, leaves those of today', () => {
  for (const running of ['Resources:\n  A: {}\n', 'null', '{}', '{"Resources":{"A":null}}'])
    expect(typesOf(running)).toEqual(typesOf(null));
});
