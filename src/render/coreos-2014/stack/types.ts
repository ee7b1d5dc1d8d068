/** Owns the types of the default form's resources: what AWS accepts today. */
import type { GetAtt, GroupTag, Ref, RegionImage, Template, UserData } from '../../template-types.ts';

/** `AWS::NoValue` leaves a property out. */
export interface If<Then, Else> {
  readonly 'Fn::If': readonly ['OwnNetwork', Then, Else];
}

export type NoValue = Ref<'AWS::NoValue'>;

export type SecurityGroupId = 'KubeSecurityGroup' | 'KubeMasterSecurityGroup' | 'KubeMinionSecurityGroup';

export interface Tag {
  readonly Key: string;
  readonly Value: string | Ref<'AWS::StackName'>;
}

export interface SecurityGroup {
  readonly Type: 'AWS::EC2::SecurityGroup';
  readonly Properties: {
    readonly GroupDescription: string;
    readonly VpcId: If<Ref<'VPC'>, NoValue>;
    readonly SecurityGroupIngress?: readonly {
      readonly Description: string;
      readonly CidrIp: Ref<'AllowSSHFrom'>;
      readonly IpProtocol: 'tcp';
      readonly FromPort: number;
      readonly ToPort: number;
    }[];
    readonly Tags: readonly Tag[];
  };
}

export interface SecurityGroupIngress {
  readonly Type: 'AWS::EC2::SecurityGroupIngress';
  readonly Properties: {
    readonly Description: string;
    readonly GroupId: GetAtt<'KubeSecurityGroup', 'GroupId'>;
    readonly IpProtocol: 'tcp' | 'udp';
    readonly FromPort: number;
    readonly ToPort: number;
    readonly SourceSecurityGroupId: GetAtt<'KubeSecurityGroup', 'GroupId'>;
  };
}

export type LaunchTemplateId = 'MasterLaunchTemplate' | 'MinionLaunchTemplate';

export interface LaunchTemplate {
  readonly Type: 'AWS::EC2::LaunchTemplate';
  readonly Properties: {
    readonly LaunchTemplateData: {
      readonly ImageId: RegionImage;
      readonly InstanceType: Ref<'InstanceType'>;
      readonly KeyName: Ref<'KeyPair'>;
      readonly SecurityGroupIds: readonly GetAtt<SecurityGroupId, 'GroupId'>[];
      readonly MetadataOptions: {
        readonly HttpEndpoint: 'enabled';
        readonly HttpTokens: 'optional';
        readonly HttpPutResponseHopLimit: number;
      };
      readonly BlockDeviceMappings: readonly {
        readonly DeviceName: '/dev/xvda';
        readonly Ebs: {
          readonly VolumeType: 'gp3';
          readonly VolumeSize: Ref<'RootVolumeSize'>;
          readonly Encrypted: true;
          readonly DeleteOnTermination: true;
        };
      }[];
      readonly TagSpecifications: readonly {
        readonly ResourceType: 'volume';
        readonly Tags: readonly Tag[];
      }[];
      readonly UserData: UserData;
    };
  };
}

export interface AutoScalingGroup {
  readonly Type: 'AWS::AutoScaling::AutoScalingGroup';
  readonly Properties: {
    readonly AvailabilityZones: If<NoValue, { readonly 'Fn::GetAZs': '' }>;
    readonly VPCZoneIdentifier: If<Ref<'Subnets'>, NoValue>;
    readonly LaunchTemplate: {
      readonly LaunchTemplateId: Ref<LaunchTemplateId>;
      readonly Version: GetAtt<LaunchTemplateId, 'LatestVersionNumber'>;
    };
    readonly DesiredCapacity: string | Ref<'ClusterSize'>;
    readonly MinSize: string;
    readonly MaxSize: string;
    readonly Tags: readonly GroupTag[];
  };
}

export interface StackTemplate extends Template {
  readonly Parameters: Required<Template['Parameters']>;
  readonly Conditions: {
    readonly OwnNetwork: {
      readonly 'Fn::Not': readonly [{ readonly 'Fn::Equals': readonly [Ref<'VPC'>, ''] }];
    };
  };
  readonly Resources: {
    readonly CoreOSInternalIngressTCP: SecurityGroupIngress;
    readonly CoreOSInternalIngressUDP: SecurityGroupIngress;
    readonly KubeSecurityGroup: SecurityGroup;
    readonly KubeMasterSecurityGroup: SecurityGroup;
    readonly KubeMinionSecurityGroup: SecurityGroup;
    readonly MasterAutoScale: AutoScalingGroup;
    readonly MinionAutoScale: AutoScalingGroup;
    readonly MasterLaunchTemplate: LaunchTemplate;
    readonly MinionLaunchTemplate: LaunchTemplate;
  };
  readonly Outputs: Readonly<Record<string, { readonly Description: string; readonly Value: object }>>;
}
