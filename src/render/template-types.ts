/**
 * Owns the parts of a CloudFormation template that both forms share. Names are type parameters, so that a misspelt
 * parameter or logical id does not compile; what is built keeps its order of keys.
 */
import type { Piece } from './lines.ts';

export interface Ref<Name extends string = string> {
  readonly Ref: Name;
}

export const ref = <Name extends string>(name: Name): Ref<Name> => ({ Ref: name });

export interface GetAtt<Id extends string, Attribute extends string> {
  readonly 'Fn::GetAtt': readonly [Id, Attribute];
}

export const getAtt = <Id extends string, Attribute extends string>(
  id: Id,
  attribute: Attribute,
): GetAtt<Id, Attribute> => ({ 'Fn::GetAtt': [id, attribute] });

export interface TemplateParameter {
  readonly AllowedPattern?: string;
  readonly AllowedValues?: readonly string[];
  readonly ConstraintDescription?: string;
  readonly Default?: string;
  readonly Description: string;
  readonly MaxValue?: string;
  readonly MinValue?: string;
  readonly Type: 'String' | 'Number' | 'CommaDelimitedList' | 'AWS::EC2::KeyPair::KeyName';
}

/** The article's seven parameters, by their template names. */
export type PublishedParameterName =
  | 'DockerCIDR'
  | 'AdvertisedIPAddress'
  | 'AllowSSHFrom'
  | 'ClusterSize'
  | 'DiscoveryURL'
  | 'InstanceType'
  | 'KeyPair';

/** Those, and what the default form adds. */
export type TemplateParameterName = PublishedParameterName | 'RootVolumeSize' | 'VPC' | 'Subnets';

/** Base64 of a cloud-config, put together by CloudFormation. */
export interface UserData {
  readonly 'Fn::Base64': { readonly 'Fn::Join': readonly ['', readonly Piece[]] };
}

/** The image of the region that the stack is in. */
export interface RegionImage {
  readonly 'Fn::FindInMap': readonly ['RegionMap', Ref<'AWS::Region'>, 'AMI'];
}

export const regionImage: RegionImage = { 'Fn::FindInMap': ['RegionMap', ref('AWS::Region'), 'AMI'] };

export interface GroupTag {
  readonly Key: string;
  readonly PropagateAtLaunch: boolean;
  readonly Value: string | Ref<'AWS::StackName'>;
}

/** A template of either form, as far as one needs to know to send or show it. */
export interface Template {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Mappings: { readonly RegionMap: Readonly<Record<string, { readonly AMI: string }>> };
  readonly Parameters: Readonly<Partial<Record<TemplateParameterName, TemplateParameter>>>;
  readonly Conditions?: Readonly<Record<string, object>>;
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: object }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Description: string; readonly Value: object }>>;
}
