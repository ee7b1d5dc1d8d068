/** Owns what the engine needs of a resource type, and reading its resolved properties. */
import type { World } from '../../../contract.ts';
import { AwsError, validationError } from '../../aws-error.ts';
import type { CloudRegion } from '../../state.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** One resource of one stack, and the world it is made in. */
export interface Making {
  readonly world: World;
  readonly region: CloudRegion;
  readonly now: number;
  readonly logicalId: string;
  readonly stackName: string;
  /** `aws:cloudformation:*` and the stack's own tags. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface ResourceType {
  readonly name: string;
  /** As AWS names the service in a reason: AmazonEC2, AmazonAutoScaling. */
  readonly service: string;
  /** What CloudFormation calls with the caller's rights, as IAM names it. */
  readonly actions: { readonly create: string; readonly remove: string };
  readonly properties: readonly string[];
  readonly required: readonly string[];
  /** A change to one of these makes a new physical resource. */
  readonly replacedOn: readonly string[];
  /** Simulated ms from the call until it can be ready. */
  readonly duration: number;
  /** Makes it; returns the physical id. Refuses by throwing an AwsError. */
  create(making: Making, properties: Properties): string;
  /** True once it is ready; throws an AwsError when it will not be. */
  ready(making: Making, physicalId: string, since: number): boolean;
  /** Changes it in place; absent when every change replaces it. */
  update?(making: Making, physicalId: string, properties: Properties, before: Properties): void;
  /** Begins to delete it; harmless when it is gone. */
  remove(making: Making, physicalId: string, properties: Properties): void;
  /** True once it is gone. */
  removed(region: CloudRegion, physicalId: string): boolean;
  /** What Fn::GetAtt gives; undefined: the type has no such attribute. Ref always gives the physical id. */
  attribute(region: CloudRegion, physicalId: string, name: string): string | undefined;
}

/** Refuses what CloudFormation refuses before it calls the service. */
export function checkProperties(type: ResourceType, properties: Properties): void {
  for (const name of Object.keys(properties))
    if (!type.properties.includes(name)) throw validationError(`Encountered unsupported property ${name}`);
  for (const name of type.required)
    if (properties[name] === undefined || properties[name] === '')
      throw validationError(`Property ${name} cannot be empty.`);
}

/** A failed call as CloudFormation words it in an event. */
export function reasonOf(type: ResourceType, error: AwsError, requestId: string): string {
  return /^(API: |Encountered|Property|Value of property|Template error|Group did not)/.test(error.message)
    ? error.message
    : `${error.message} (Service: ${type.service}; Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`;
}

export function optionalText(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object') throw validationError(`Value of property ${name} must be of type String`);
  return String(value);
}

export const text = (properties: Properties, name: string): string => optionalText(properties, name) ?? '';

export function wholeNumber(properties: Properties, name: string, otherwise: number): number {
  const value = optionalText(properties, name);
  if (value === undefined) return otherwise;
  if (!/^\d+$/.test(value))
    throw new AwsError('ValidationError', `Encountered non numeric value for property ${name}`);
  return Number(value);
}

export function texts(properties: Properties, name: string): string[] {
  const value = properties[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value))
    throw validationError(`Value of property ${name} must be of type List of String`);
  return value.map((item) => {
    if (typeof item === 'object')
      throw validationError(`Value of property ${name} must be of type List of String`);
    return String(item);
  });
}

export function objects(properties: Properties, name: string): Properties[] {
  const value = properties[name];
  if (value === undefined || value === null) return [];
  if (
    !Array.isArray(value) ||
    value.some((item) => typeof item !== 'object' || item === null || Array.isArray(item))
  )
    throw validationError(`Value of property ${name} must be a list of objects`);
  return value as Properties[];
}

export const flag = (properties: Properties, name: string): boolean => String(properties[name]) === 'true';

/** Base64 user data, decoded. */
export function userData(properties: Properties): string {
  const encoded = text(properties, 'UserData');
  if (!/^[A-Za-z0-9+/=\s]*$/.test(encoded))
    throw new AwsError('ValidationError', 'Invalid BASE64 encoding of user data');
  return Buffer.from(encoded, 'base64').toString('utf8');
}
