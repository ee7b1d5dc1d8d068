/** Owns a Cloud of plain values for tests; every method not given throws. */
import type { Cloud, Instance, Stack, StackEvent } from '../../src/cluster/ports.ts';

export const STACK_ID =
  'arn:aws:cloudformation:eu-west-1:123456789012:stack/kubernetes/0b1c2d3e-0000-4000-8000-000000000000';

export function fakeCloud(methods: Partial<Cloud>): Cloud {
  const refuse = (name: string) => () => Promise.reject(new Error(`the test did not expect ${name}`));
  return new Proxy({ region: 'eu-west-1', ...methods } as Cloud, {
    get: (target, name: string) => Reflect.get(target, name) ?? refuse(name),
  });
}

export function stackOf(status: string, more: Partial<Stack> = {}): Stack {
  return {
    id: STACK_ID,
    name: 'kubernetes',
    status,
    statusReason: null,
    createdAt: 0,
    parameters: { ClusterSize: '2', KeyPair: 'coreos' },
    tags: { 'kubecore:cluster': 'kubernetes', 'kubecore:blueprint': 'kubernetes' },
    outputs: {},
    ...more,
  };
}

let eventNumber = 0;
export function eventOf(logicalId: string, status: string, more: Partial<StackEvent> = {}): StackEvent {
  eventNumber++;
  const type =
    logicalId === 'kubernetes' ? 'AWS::CloudFormation::Stack' : 'AWS::AutoScaling::AutoScalingGroup';
  return {
    id: `event-${eventNumber}`,
    at: eventNumber,
    logicalId,
    physicalId: null,
    type,
    status,
    reason: null,
    ...more,
  };
}

/** One master (10.0.0.1) and minions from 10.0.0.2 on, in the groups of the article's stack. */
export function instanceOf(number: number, more: Partial<Instance> = {}): Instance {
  const group = number === 1 ? 'MasterAutoScale' : 'MinionAutoScale';
  return {
    id: `i-0000000${number}`,
    type: 'm3.medium',
    zone: 'eu-west-1a',
    imageId: 'ami-a47fd5d3',
    keyName: 'coreos',
    state: 'running',
    stateReason: null,
    launchTime: 1_000 + number,
    publicAddress: `54.0.0.${number}`,
    publicName: null,
    privateAddress: `10.0.0.${number}`,
    tags: { 'aws:autoscaling:groupName': `kubernetes-${group}-1A2B3C` },
    ...more,
  };
}
