/** Owns the types of the article's template. */
import type {
  GetAtt,
  GroupTag,
  PublishedParameterName,
  Ref,
  RegionImage,
  Template,
  TemplateParameter,
  UserData,
} from '../../template-types.ts';

export interface SecurityGroup {
  readonly Properties: {
    readonly GroupDescription: string;
    readonly SecurityGroupIngress?: readonly {
      readonly CidrIp: Ref<'AllowSSHFrom'>;
      readonly FromPort: string;
      readonly IpProtocol: 'tcp';
      readonly ToPort: string;
    }[];
  };
  readonly Type: 'AWS::EC2::SecurityGroup';
}

export interface SecurityGroupIngress {
  readonly Properties: {
    readonly GroupName: Ref<'KubeSecurityGroup'>;
    readonly IpProtocol: 'tcp' | 'udp';
    readonly FromPort: string;
    readonly ToPort: string;
    readonly SourceSecurityGroupId: GetAtt<'KubeSecurityGroup', 'GroupId'>;
  };
  readonly Type: 'AWS::EC2::SecurityGroupIngress';
}

export type LaunchConfigurationId = 'MasterLaunchConfig' | 'MinionLaunchConfig';

export interface AutoScalingGroup {
  readonly Properties: {
    readonly AvailabilityZones: { readonly 'Fn::GetAZs': '' };
    readonly DesiredCapacity: string | Ref<'ClusterSize'>;
    readonly LaunchConfigurationName: Ref<LaunchConfigurationId>;
    readonly MaxSize: string;
    readonly MinSize: string;
    readonly Tags: readonly GroupTag[];
  };
  readonly Type: 'AWS::AutoScaling::AutoScalingGroup';
}

export interface LaunchConfiguration {
  readonly Properties: {
    readonly ImageId: RegionImage;
    readonly InstanceType: Ref<'InstanceType'>;
    readonly KeyName: Ref<'KeyPair'>;
    readonly SecurityGroups: readonly Ref<
      'KubeSecurityGroup' | 'KubeMasterSecurityGroup' | 'KubeMinionSecurityGroup'
    >[];
    readonly UserData: UserData;
  };
  readonly Type: 'AWS::AutoScaling::LaunchConfiguration';
}

export interface PublishedTemplate extends Template {
  readonly Parameters: Readonly<Record<PublishedParameterName, TemplateParameter>>;
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
