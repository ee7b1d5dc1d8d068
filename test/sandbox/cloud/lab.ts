/** Owns what the cloud tests stand on: a world with a hand-moved clock behind the real endpoint, and the real SDK's clients. */
import { readFileSync } from 'node:fs';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateKeyPairCommand, EC2Client } from '@aws-sdk/client-ec2';
import { STSClient } from '@aws-sdk/client-sts';
import { type HandClock, handClock } from '../../../src/sandbox/clock.ts';
import { type Endpoint, openEndpoint } from '../../../src/sandbox/cloud/endpoint.ts';
import { stepCloud } from '../../../src/sandbox/cloud/step.ts';
import type { World } from '../../../src/sandbox/contract.ts';
import { createWorld } from '../../../src/sandbox/world.ts';

export const TEMPLATE = readFileSync(
  new URL('../../fixtures/sandbox/kubernetes.json', import.meta.url),
  'utf8',
);
export const TEMPLATE_YAML = readFileSync(
  new URL('../../fixtures/sandbox/kubernetes.yml', import.meta.url),
  'utf8',
);

export interface Lab extends AsyncDisposable {
  world: World;
  readonly clock: HandClock;
  readonly endpoint: Endpoint;
  readonly ec2: EC2Client;
  readonly cfn: CloudFormationClient;
  readonly asg: AutoScalingClient;
  readonly sts: STSClient;
  /** Moves time on by simulated seconds, in steps of one. */
  pass(simulatedSeconds: number): void;
  /** Moves time on until the stack has one of these statuses. */
  until(stack: string, status: RegExp): Promise<string>;
}

export async function openLab(region = 'us-east-1'): Promise<Lab> {
  const clock = handClock(Date.UTC(2026, 10, 22, 12));
  const lab = { world: createWorld({ seed: 42, speed: 10 }) };
  const endpoint = await openEndpoint({ world: () => lab.world, now: clock.now, changed: () => {} });
  const config = {
    region,
    endpoint: endpoint.url,
    credentials: { accessKeyId: 'KUBECORESANDBOX', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  };
  const cfn = new CloudFormationClient(config);
  const pass = (simulatedSeconds: number): void => {
    for (let second = 0; second < simulatedSeconds; second += 1) {
      clock.advance(1_000 / lab.world.speed);
      stepCloud(lab.world, clock.now());
    }
  };
  return Object.assign(lab, {
    clock,
    endpoint,
    ec2: new EC2Client(config),
    cfn,
    asg: new AutoScalingClient(config),
    sts: new STSClient(config),
    pass,
    async until(stack: string, status: RegExp) {
      for (let second = 0; second < 900; second += 5) {
        const found = await cfn.send(new DescribeStacksCommand({ StackName: stack }));
        const now = found.Stacks?.[0]?.StackStatus ?? '';
        if (status.test(now)) return now;
        pass(5);
      }
      throw new Error(`stack ${stack} never became ${status}`);
    },
    [Symbol.asyncDispose]: () => endpoint.close(),
  });
}

export const PARAMETERS: Readonly<Record<string, string>> = {
  KeyPair: 'coreos',
  DiscoveryURL: 'http://127.0.0.1:1/discovery/abc',
  AllowSSHFrom: '203.0.113.10/32',
};

export const parameterList = (
  parameters: Readonly<Record<string, string>>,
): { ParameterKey: string; ParameterValue: string }[] =>
  Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));

/** Makes the key pair `coreos` and asks for the article's stack. Returns the stack id. */
export async function createStack(
  lab: Lab,
  options: {
    name?: string;
    parameters?: Record<string, string>;
    body?: string;
    onFailure?: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';
  } = {},
): Promise<string> {
  const keys = lab.world.regions['us-east-1']?.keyPairs as Record<string, unknown> | undefined;
  if (!keys?.coreos) await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos', KeyType: 'ed25519' }));
  const created = await lab.cfn.send(
    new CreateStackCommand({
      StackName: options.name ?? 'kubernetes',
      TemplateBody: options.body ?? TEMPLATE,
      Parameters: parameterList({ ...PARAMETERS, ...options.parameters }),
      Tags: [{ Key: 'kubecore:cluster', Value: 'kubernetes' }],
      ...(options.onFailure ? { OnFailure: options.onFailure } : {}),
    }),
  );
  return created.StackId ?? '';
}

/** The code of what a call was refused with. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as {
      name: string;
      message: string;
      $metadata?: { httpStatusCode?: number };
    };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error('the call was not refused');
}
