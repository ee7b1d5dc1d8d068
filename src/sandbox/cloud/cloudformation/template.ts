/** Owns what a template may be: its sections, its references, the order its resources are made in. */
import { validationError } from '../aws-error.ts';
import { type Json, type JsonObject, parseTemplate } from './parse.ts';

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: Json;
  readonly Description?: string;
  readonly AllowedValues?: Json[];
  readonly AllowedPattern?: string;
  readonly MinValue?: Json;
  readonly MaxValue?: Json;
  readonly MinLength?: Json;
  readonly MaxLength?: Json;
  readonly ConstraintDescription?: string;
  readonly NoEcho?: Json;
}

export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition: string | null;
  /** Logical ids it refers to or names in DependsOn. */
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: string;
}

export interface Template {
  readonly description: string | null;
  readonly parameters: Readonly<Record<string, TemplateParameter>>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly resources: readonly TemplateResource[];
  readonly outputs: Readonly<
    Record<string, { value: Json; description: string | null; condition: string | null }>
  >;
}

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Transform',
  'Resources',
  'Outputs',
  'Hooks',
];

const PARAMETER_FIELDS = [
  'Type',
  'Default',
  'Description',
  'AllowedValues',
  'AllowedPattern',
  'MinValue',
  'MaxValue',
  'MinLength',
  'MaxLength',
  'ConstraintDescription',
  'NoEcho',
];

const RESOURCE_FIELDS = [
  'Type',
  'Properties',
  'DependsOn',
  'Metadata',
  'Condition',
  'CreationPolicy',
  'DeletionPolicy',
  'UpdatePolicy',
  'UpdateReplacePolicy',
];

export const PSEUDO_PARAMETERS = [
  'AWS::AccountId',
  'AWS::NotificationARNs',
  'AWS::NoValue',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
];

const object = (value: Json | undefined, where: string): JsonObject => {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw validationError(`Template format error: ${where} must be an object.`);
  return value;
};

const format = (message: string): never => {
  throw validationError(`Template format error: ${message}`);
};

/**
 * Reads and checks a template as CloudFormation does before anything is made.
 * @param knownTypes resource types that this cloud can make
 * @throws AwsError ValidationError
 */
export function readTemplate(text: string, knownTypes: readonly string[]): Template {
  const root = parseTemplate(text);
  const strange = Object.keys(root).filter((name) => !SECTIONS.includes(name));
  if (strange.length > 0)
    throw validationError(`Invalid template property or properties [${strange.join(', ')}]`);
  if (root.AWSTemplateFormatVersion !== undefined && root.AWSTemplateFormatVersion !== '2010-09-09')
    format(`Template Format Version ${String(root.AWSTemplateFormatVersion)} not supported.`);

  const parameters = readParameters(object(root.Parameters, '[/Parameters] section'));
  const rawResources = object(root.Resources, '[/Resources] section');
  const ids = Object.keys(rawResources);
  if (ids.length === 0) format('At least one Resources member must be defined.');
  const conditions = object(root.Conditions, '[/Conditions] section');

  const unknown = new Set<string>();
  const unresolved = new Set<string>();
  const names = new Set([...Object.keys(parameters), ...ids, ...PSEUDO_PARAMETERS]);
  const resources = ids.map((logicalId): TemplateResource => {
    const raw = object(rawResources[logicalId], `[/Resources/${logicalId}] resource definition`);
    if (!/^[A-Za-z0-9]+$/.test(logicalId)) format(`Resource name ${logicalId} is non alphanumeric.`);
    const bad = Object.keys(raw).filter((field) => !RESOURCE_FIELDS.includes(field));
    if (bad.length > 0) throw validationError(`Invalid template resource property '${bad[0]}'`);
    if (typeof raw.Type !== 'string')
      return format(`[/Resources/${logicalId}] Every Resources object must contain a Type member.`);
    if (!knownTypes.includes(raw.Type)) unknown.add(raw.Type);
    const explicit = raw.DependsOn === undefined ? [] : [raw.DependsOn].flat();
    if (!explicit.every((one): one is string => typeof one === 'string'))
      return format('Every DependsOn value must be a string.');
    const properties = object(raw.Properties, `[/Resources/${logicalId}/Properties]`);
    const references = [...referencesIn(properties)];
    for (const name of [...references, ...explicit]) if (!names.has(name)) unresolved.add(name);
    return {
      logicalId,
      type: raw.Type,
      properties,
      condition: typeof raw.Condition === 'string' ? raw.Condition : null,
      dependsOn: [...new Set([...references, ...explicit])].filter((name) => ids.includes(name)),
      deletionPolicy: typeof raw.DeletionPolicy === 'string' ? raw.DeletionPolicy : 'Delete',
    };
  });
  if (unknown.size > 0) format(`Unrecognized resource types: [${[...unknown].join(', ')}]`);
  if (unresolved.size > 0)
    format(
      `Unresolved resource dependencies [${[...unresolved].join(', ')}] in the Resources block of the template`,
    );
  checkConditions(resources, conditions);
  checkCycles(resources);

  const outputs = readOutputs(object(root.Outputs, '[/Outputs] section'), names);
  return {
    description: typeof root.Description === 'string' ? root.Description : null,
    parameters,
    mappings: object(root.Mappings, '[/Mappings] section'),
    conditions,
    resources,
    outputs,
  };
}

function readParameters(raw: JsonObject): Record<string, TemplateParameter> {
  for (const [name, value] of Object.entries(raw)) {
    const parameter = object(value, `[/Parameters/${name}]`);
    const bad = Object.keys(parameter).filter((field) => !PARAMETER_FIELDS.includes(field));
    if (bad.length > 0) throw validationError(`Invalid template parameter property '${bad[0]}'`);
    if (typeof parameter.Type !== 'string') format(`Every Parameters object must contain a Type member.`);
    if (parameter.AllowedValues !== undefined && !Array.isArray(parameter.AllowedValues))
      format('Every AllowedValues member must be a list.');
    const type = String(parameter.Type);
    if (
      !['String', 'Number', 'CommaDelimitedList', 'List<Number>'].includes(type) &&
      !/^(List<)?AWS::/.test(type)
    )
      format(`Unrecognized parameter type: ${type}`);
  }
  return raw as unknown as Record<string, TemplateParameter>;
}

function readOutputs(raw: JsonObject, names: ReadonlySet<string>): Template['outputs'] {
  const unresolved = new Set<string>();
  const outputs = Object.fromEntries(
    Object.entries(raw).map(([name, value]) => {
      const output = object(value, `[/Outputs/${name}]`);
      if (output.Value === undefined) format(`Every Outputs member must contain a Value object`);
      for (const reference of referencesIn(output.Value ?? null))
        if (!names.has(reference)) unresolved.add(reference);
      return [
        name,
        {
          value: output.Value ?? null,
          description: typeof output.Description === 'string' ? output.Description : null,
          condition: typeof output.Condition === 'string' ? output.Condition : null,
        },
      ];
    }),
  );
  if (unresolved.size > 0)
    format(
      `Unresolved resource dependencies [${[...unresolved].join(', ')}] in the Outputs block of the template`,
    );
  return outputs;
}

/** Every name that a value refers to by Ref, Fn::GetAtt or Fn::Sub. */
export function referencesIn(value: Json, found: Set<string> = new Set()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  if (Array.isArray(value)) {
    for (const item of value) referencesIn(item, found);
    return found;
  }
  const keys = Object.keys(value);
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only === 'Ref' && typeof value.Ref === 'string') {
    found.add(value.Ref);
    return found;
  }
  if (only === 'Fn::GetAtt') {
    const target = value['Fn::GetAtt'];
    const name = Array.isArray(target) ? target[0] : typeof target === 'string' ? target.split('.')[0] : null;
    if (typeof name === 'string') found.add(name);
    return found;
  }
  if (only === 'Fn::Sub') {
    const argument = value['Fn::Sub'];
    const [text, map] = Array.isArray(argument) ? argument : [argument];
    const own = typeof map === 'object' && map !== null && !Array.isArray(map) ? map : {};
    for (const name of subNames(typeof text === 'string' ? text : ''))
      if (!(name in own)) found.add(name.split('.')[0] ?? name);
    referencesIn(own, found);
    return found;
  }
  for (const part of Object.values(value)) referencesIn(part, found);
  return found;
}

/** Names in `${…}` of an Fn::Sub text; `${!x}` is the literal `${x}`. */
export const subNames = (text: string): string[] =>
  [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map((match) => (match[1] ?? '').trim());

function checkConditions(resources: readonly TemplateResource[], conditions: JsonObject): void {
  const missing = resources.flatMap((resource) =>
    resource.condition !== null && !(resource.condition in conditions) ? [resource.condition] : [],
  );
  if (missing.length > 0)
    format(`Unresolved condition dependency ${missing[0]} in the Resources block of the template`);
}

function checkCycles(resources: readonly TemplateResource[]): void {
  const left = new Map(resources.map((one) => [one.logicalId, new Set(one.dependsOn)]));
  for (;;) {
    const free = [...left].filter(([, dependencies]) => dependencies.size === 0).map(([id]) => id);
    if (free.length === 0) break;
    for (const id of free) left.delete(id);
    for (const dependencies of left.values()) for (const id of free) dependencies.delete(id);
  }
  if (left.size > 0)
    throw validationError(`Circular dependency between resources: [${[...left.keys()].join(', ')}]`);
}
