/**
 * Owns the types of a CloudFormation template, as far as the article's uses them: a misspelt property, parameter or
 * logical id does not compile. The key order of what is built here is the article's.
 */
import type { Piece } from './lines.ts';

/** The article's seven parameters, by their template names. */
export type TemplateParameterName =
  | 'DockerCIDR'
  | 'AdvertisedIPAddress'
  | 'AllowSSHFrom'
  | 'ClusterSize'
  | 'DiscoveryURL'
  | 'InstanceType'
  | 'KeyPair';

export type LogicalId =
  | 'CoreOSInternalIngressTCP'
  | 'CoreOSInternalIngressUDP'
  | 'KubeSecurityGroup'
  | 'KubeMasterSecurityGroup'
  | 'KubeMinionSecurityGroup'
  | 'MasterAutoScale'
  | 'MinionAutoScale'
  | 'MasterLaunchConfig'
  | 'MinionLaunchConfig';

export type PseudoParameter = 'AWS::Region' | 'AWS::StackName';

export interface Ref {
  readonly Ref: TemplateParameterName | LogicalId | PseudoParameter;
}

export const ref = (name: Ref['Ref']): Ref => ({ Ref: name });

export interface TemplateParameter {
  readonly AllowedValues?: readonly string[];
  readonly ConstraintDescription?: string;
  readonly Default?: string;
  readonly Description: string;
  readonly MaxValue?: string;
  readonly MinValue?: string;
  readonly Type: 'String' | 'Number';
}

/** The user data of a launch configuration. */
export interface UserData {
  readonly 'Fn::Base64': { readonly 'Fn::Join': readonly ['', readonly Piece[]] };
}

export interface SecurityGroup {
  readonly Properties: {
    readonly GroupDescription: string;
    readonly SecurityGroupIngress?: readonly {
      readonly CidrIp: Ref;
      readonly FromPort: string;
      readonly IpProtocol: 'tcp';
      readonly ToPort: string;
    }[];
  };
  readonly Type: 'AWS::EC2::SecurityGroup';
}

export interface SecurityGroupIngress {
  readonly Properties: {
    readonly GroupName: Ref;
    readonly IpProtocol: 'tcp' | 'udp';
    readonly FromPort: string;
    readonly ToPort: string;
    readonly SourceSecurityGroupId: { readonly 'Fn::GetAtt': readonly [LogicalId, 'GroupId'] };
  };
  readonly Type: 'AWS::EC2::SecurityGroupIngress';
}

export interface AutoScalingGroup {
  readonly Properties: {
    readonly AvailabilityZones: { readonly 'Fn::GetAZs': '' };
    readonly DesiredCapacity: string | Ref;
    readonly LaunchConfigurationName: Ref;
    readonly MaxSize: string;
    readonly MinSize: string;
    readonly Tags: readonly {
      readonly Key: string;
      readonly PropagateAtLaunch: boolean;
      readonly Value: Ref;
    }[];
  };
  readonly Type: 'AWS::AutoScaling::AutoScalingGroup';
}

export interface LaunchConfiguration {
  readonly Properties: {
    readonly ImageId: { readonly 'Fn::FindInMap': readonly ['RegionMap', Ref, 'AMI'] };
    readonly InstanceType: Ref;
    readonly KeyName: Ref;
    readonly SecurityGroups: readonly Ref[];
    readonly UserData: UserData;
  };
  readonly Type: 'AWS::AutoScaling::LaunchConfiguration';
}

export interface Template {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Mappings: { readonly RegionMap: Readonly<Record<string, { readonly AMI: string }>> };
  readonly Parameters: Readonly<Record<TemplateParameterName, TemplateParameter>>;
  readonly Resources: {
    readonly CoreOSInternalIngressTCP: SecurityGroupIngress;
    readonly CoreOSInternalIngressUDP: SecurityGroupIngress;
    readonly KubeSecurityGroup: SecurityGroup;
    readonly KubeMasterSecurityGroup: SecurityGroup;
    readonly KubeMinionSecurityGroup: SecurityGroup;
    readonly MasterAutoScale: AutoScalingGroup;
    readonly MinionAutoScale: AutoScalingGroup;
    readonly MasterLaunchConfig: LaunchConfiguration;
    readonly MinionLaunchConfig: LaunchConfiguration;
  };
}
