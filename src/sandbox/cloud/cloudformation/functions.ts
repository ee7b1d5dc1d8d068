/** Owns CloudFormation's intrinsic functions: a template value becomes a plain one. */
import { validationError } from '../aws-error.ts';
import type { Json, JsonObject } from './parse.ts';
import type { Template } from './template.ts';

/** What the functions look up. */
export interface Scope {
  readonly template: Template;
  /** Values as typed or defaulted. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly region: string;
  readonly account: string;
  readonly stackName: string;
  readonly stackId: string;
  /** Zones with a default subnet, of this region (''), or of a named one. */
  readonly zones: (region: string) => string[];
  /** What Ref gives for a made resource. */
  readonly ref: (logicalId: string) => string;
  /** What Fn::GetAtt gives; undefined: the type has no such attribute. */
  readonly attribute: (logicalId: string, name: string) => string | undefined;
}

/** Stands for a property that is left out (`AWS::NoValue`). */
const NO_VALUE = Symbol('AWS::NoValue');
type Value = Json | typeof NO_VALUE;

/** Resolves a value; undefined when all of it is AWS::NoValue. */
export function resolve(value: Json, scope: Scope): Json | undefined {
  const result = evaluate(value, scope);
  return result === NO_VALUE ? undefined : result;
}

export function resolveObject(value: JsonObject, scope: Scope): JsonObject {
  return (resolve(value, scope) ?? {}) as JsonObject;
}

function evaluate(value: Json, scope: Scope): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item) => evaluate(item, scope)).filter((item): item is Json => item !== NO_VALUE);
  const keys = Object.keys(value);
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only !== undefined && (only === 'Ref' || only.startsWith('Fn::')))
    return call(only, value[only] ?? null, scope);
  const result: JsonObject = {};
  for (const [name, part] of Object.entries(value)) {
    const resolved = evaluate(part, scope);
    if (resolved !== NO_VALUE) result[name] = resolved;
  }
  return result;
}

function call(name: string, raw: Json, scope: Scope): Value {
  if (name === 'Ref') return reference(String(raw), scope);
  if (name === 'Fn::If') {
    const [condition, yes = null, no = null] = list(raw, name);
    return evaluate(isTrue(String(condition), scope) ? yes : no, scope);
  }
  if (name === 'Fn::Sub') return substitute(raw, scope);
  const argument = evaluate(raw, scope);
  if (argument === NO_VALUE) throw templateError(`${name} cannot take AWS::NoValue`);
  switch (name) {
    case 'Fn::GetAtt': {
      const [logicalId = '', attribute = ''] =
        typeof argument === 'string' ? split2(argument, '.') : list(argument, name).map(text(name));
      return attributeOf(logicalId, attribute, scope);
    }
    case 'Fn::Join': {
      const [delimiter, parts] = list(argument, name);
      return list(parts ?? null, name)
        .map(text(name))
        .join(text(name)(delimiter ?? ''));
    }
    case 'Fn::Base64':
      return Buffer.from(text(name)(argument)).toString('base64');
    case 'Fn::GetAZs':
      return scope.zones(text(name)(argument));
    case 'Fn::FindInMap': {
      const [map = '', top = '', second = ''] = list(argument, name).map(text(name));
      return findInMap(map, top, second, scope);
    }
    case 'Fn::Select': {
      const [index, from] = list(argument, name);
      const items = list(from ?? null, name);
      const item = items[Number(index)];
      if (item === undefined)
        throw templateError(`Fn::Select cannot select nonexistent value at index ${String(index)}`);
      return item;
    }
    case 'Fn::Split': {
      const [delimiter = '', source = ''] = list(argument, name).map(text(name));
      return source.split(delimiter);
    }
    default:
      throw validationError(`Template format error: Unrecognized intrinsic function ${name}`);
  }
}

const split2 = (source: string, by: string): string[] => {
  const at = source.indexOf(by);
  return at < 0 ? [source] : [source.slice(0, at), source.slice(at + 1)];
};

const templateError = (message: string): Error => validationError(`Template error: ${message}`);

function list(value: Json, name: string): Json[] {
  if (!Array.isArray(value)) throw templateError(`${name} object requires a list argument`);
  return value;
}

const text =
  (name: string) =>
  (value: Json): string => {
    if (typeof value === 'object') throw templateError(`every ${name} object must have string values`);
    return String(value);
  };

function reference(name: string, scope: Scope): Value {
  switch (name) {
    case 'AWS::NoValue':
      return NO_VALUE;
    case 'AWS::Region':
      return scope.region;
    case 'AWS::AccountId':
      return scope.account;
    case 'AWS::StackName':
      return scope.stackName;
    case 'AWS::StackId':
      return scope.stackId;
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    case 'AWS::NotificationARNs':
      return [];
    default:
  }
  const value = scope.parameters[name];
  if (value === undefined) return scope.ref(name);
  const type = scope.template.parameters[name]?.Type ?? 'String';
  return type === 'CommaDelimitedList' || type.startsWith('List<')
    ? value.split(',').map((part) => part.trim())
    : value;
}

function attributeOf(logicalId: string, name: string, scope: Scope): string {
  const value = scope.attribute(logicalId, name);
  if (value === undefined)
    throw templateError(`resource ${logicalId} does not support attribute type ${name} in Fn::GetAtt`);
  return value;
}

function findInMap(map: string, top: string, second: string, scope: Scope): Json {
  const level = (from: Json | undefined, name: string): Json | undefined =>
    typeof from === 'object' && from !== null && !Array.isArray(from) ? from[name] : undefined;
  const value = level(level(scope.template.mappings[map], top), second);
  if (value === undefined) throw templateError(`Unable to get mapping for ${map}::${top}::${second}`);
  return value;
}

function substitute(raw: Json, scope: Scope): string {
  const [source, given] = Array.isArray(raw) ? raw : [raw];
  const own =
    typeof given === 'object' && given !== null && !Array.isArray(given) ? resolveObject(given, scope) : {};
  return text('Fn::Sub')(source ?? '').replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, inner: string) => {
    if (literal) return `\${${inner}}`;
    const name = inner.trim();
    if (name in own) return text('Fn::Sub')(own[name] ?? '');
    const [logicalId = '', attribute] = name.startsWith('AWS::') ? [name] : split2(name, '.');
    const value =
      attribute === undefined ? reference(logicalId, scope) : attributeOf(logicalId, attribute, scope);
    if (value === NO_VALUE) return '';
    return Array.isArray(value) ? value.join(',') : text('Fn::Sub')(value);
  });
}

/** Whether a named condition of the template holds. */
export function isTrue(name: string, scope: Scope): boolean {
  const condition = scope.template.conditions[name];
  if (condition === undefined)
    throw validationError(
      `Template format error: Unresolved dependencies [${name}]. Cannot reference resources in the Conditions block of the template`,
    );
  return holds(condition, scope);
}

function holds(condition: Json, scope: Scope): boolean {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition))
    return String(condition) === 'true';
  const [name = '', raw = null] = Object.entries(condition)[0] ?? [];
  switch (name) {
    case 'Condition':
      return isTrue(String(raw), scope);
    case 'Fn::Equals': {
      const [left = null, right = null] = list(raw, name).map((part) => resolve(part, scope) ?? null);
      return typeof left === 'object' || typeof right === 'object'
        ? JSON.stringify(left) === JSON.stringify(right)
        : String(left) === String(right);
    }
    case 'Fn::And':
      return list(raw, name).every((part) => holds(part, scope));
    case 'Fn::Or':
      return list(raw, name).some((part) => holds(part, scope));
    case 'Fn::Not':
      return !holds(list(raw, name)[0] ?? null, scope);
    default:
      throw validationError(`Template format error: Unrecognized condition function ${name}`);
  }
}
