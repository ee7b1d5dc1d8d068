import { expect, test } from 'vitest';
import { DEFAULTS, type Parameters } from '../../src/cluster/parameters.ts';
import { templateChoices } from '../../src/cluster/template-choices.ts';
import { publishedTemplate, renderTemplate } from '../../src/render/template.ts';

const NONE = { ami: null, updateGroup: 'alpha', rebootStrategy: 'off', binariesUrl: null };

test.each<Partial<Parameters>>([
  {},
  { ami: 'us-east-1=ami-0123456789abcdef0' },
  { updateGroup: 'stable' },
  { rebootStrategy: 'etcd-lock' },
  { updateGroup: 'beta', rebootStrategy: 'best-effort' },
  { binariesUrl: 'kubernetes=https://mirror.example/k8s' },
  { binariesUrl: 'kubernetes=https://mirror.example/a,third-party=https://mirror.example/b' },
])('what a launch writes into its template is read back: %j', (chosen) => {
  const parameters = { ...DEFAULTS, ...chosen };
  const { body } = renderTemplate(parameters, 'us-east-1');
  const read = templateChoices(body);
  expect(read).toEqual({ ...NONE, ...chosen });
  expect(renderTemplate({ ...DEFAULTS, ...read }, 'us-east-1').body).toBe(body);
});

test('an image for the region of the launch alone comes back as a map', () => {
  const { body } = renderTemplate({ ...DEFAULTS, ami: 'ami-0123456789abcdef0' }, 'eu-west-1');
  expect(templateChoices(body)?.ami).toBe('eu-west-1=ami-0123456789abcdef0');
});

test("the article's own template has none, and a text that is no JSON cannot be read", () => {
  expect(templateChoices(JSON.stringify(publishedTemplate()))).toEqual(NONE);
  expect(templateChoices('AWSTemplateFormatVersion: "2010-09-09"\n')).toBeNull();
  expect(templateChoices('null')).toEqual(NONE);
});
