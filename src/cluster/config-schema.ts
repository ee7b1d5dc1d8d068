/** Owns the JSON Schema of the config file (draft 07, which editors' YAML servers read), made from the table of settings. */
import { CONSOLE_ACTIONS, KEY_NAMES, THEMES } from './console-settings.ts';
import { SETTINGS, type Setting } from './settings.ts';

/** Where a published version's schema is served from: npm's files by their path. */
export const schemaUrl = (version: string): string =>
  `https://unpkg.com/kubecore@${version}/schema/kubecore.schema.json`;

const CIDR = '^[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}$';

/** What the checks of parameter-checks.ts hold that a schema can say; the rest only kubecore tells. */
const LIMITS: Readonly<Record<string, object>> = {
  name: { pattern: '^[A-Za-z][A-Za-z0-9-]*$', maxLength: 128 },
  'cluster-size': { minimum: 1, maximum: 256 },
  'root-volume-size': { minimum: 8, maximum: 16_384 },
  'docker-cidr': { pattern: CIDR },
  'allow-ssh-from': { pattern: CIDR },
  'discovery-url': { pattern: '^https?://' },
  'discovery-service': { pattern: '^https?://' },
  'key-pair': { minLength: 1, maxLength: 255 },
  vpc: { pattern: '^vpc-([0-9a-f]{8}|[0-9a-f]{17})$' },
  region: { pattern: '^[a-z]{2,5}(-[a-z]{2,10}){1,2}-[0-9]{1,2}$' },
};

function property(setting: Setting): object {
  const { key, type, help, defaultText, whenEmpty, allowed } = setting;
  const told = help.replace(/\bEmpty:/, 'Left out:');
  const description = whenEmpty === null || told !== help ? told : `${help} Left out: ${whenEmpty}.`;
  const limits = LIMITS[key] ?? {};
  switch (type) {
    case 'integer':
      return {
        description,
        type: 'integer',
        ...limits,
        ...(defaultText === null ? {} : { default: Number(defaultText) }),
      };
    case 'boolean':
      return { description, type: 'boolean', default: defaultText === 'true' };
    case 'list':
      return { description, anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };
    case 'map':
      return {
        description,
        anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: { type: 'string' } }],
      };
    case 'text':
      return {
        description,
        type: 'string',
        ...limits,
        ...(allowed === null ? {} : { enum: allowed }),
        ...(defaultText === null ? {} : { default: defaultText }),
      };
  }
}

const KEY_PATTERN = `^([!-~]|ctrl\\+[a-z]|${KEY_NAMES.map((name) => name.replace('+', '\\+')).join('|')})$`;

/** The schema as a plain object. */
export function configSchema(version: string): Readonly<Record<string, unknown>> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: schemaUrl(version),
    title: 'kubecore.yaml',
    description:
      'What kubecore launches and works on. A flag counts before a variable KUBECORE_…, that before this file.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(SETTINGS.map((setting) => [setting.key, property(setting)])),
      console: {
        description: 'The console: kubecore console.',
        type: 'object',
        additionalProperties: false,
        properties: {
          theme: { description: 'Its colours.', enum: THEMES },
          mouse: {
            description: 'Wheel and clicks, where the terminal has them.',
            type: 'boolean',
            default: true,
          },
          keys: {
            description: 'ACTION: KEY. The actions are those of the help, ? in the console.',
            type: 'object',
            propertyNames: { enum: CONSOLE_ACTIONS },
            additionalProperties: { type: 'string', pattern: KEY_PATTERN },
          },
        },
      },
    },
    // A cluster of etcd and fleet alone can be one node; one with a master has two minions or more.
    if: { properties: { blueprint: { not: { const: 'fleet' } } } },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word.
    then: { properties: { 'cluster-size': { minimum: 2 } } },
  };
}
