/** Owns the shape of a launch: its plan, its events and the view folded from them (launch.ts makes the events). */
import type { Throttled } from './asking.ts';
import type { KubecoreError } from './errors.ts';
import type { BlueprintName, Cluster, RecipeName } from './model.ts';
import type { StackEvent } from './ports.ts';

interface PlanBase {
  readonly name: string;
  readonly region: string;
  readonly recipe: RecipeName;
  /** Minions of `kubernetes`, machines of `fleet`, 1 for `single`. */
  readonly size: number;
  readonly keyPair: string;
  /** On everything that is created. */
  readonly tags: Readonly<Record<string, string>>;
  /** What will be created, so that what has not started shows too. */
  readonly resources: readonly { readonly logicalId: string; readonly type: string }[];
}

/** Blueprint `kubernetes`: a CloudFormation stack. */
export interface StackPlan extends PlanBase {
  readonly blueprint: 'kubernetes';
  readonly templateBody: string;
  readonly templateParameters: Readonly<Record<string, string>>;
}

/** Blueprints `single` and `fleet`, as in the article: a security group and instances, created one after another. */
export interface InstancesPlan extends PlanBase {
  readonly blueprint: 'single' | 'fleet';
  /** Names this one launch: a tag on all of it, and EC2's ClientToken, so that nothing is started twice. */
  readonly launchId: string;
  /** On the security group, which stands for the launch: its parameters, for whoever takes it up. */
  readonly parameterTags: Readonly<Record<string, string>>;
  readonly imageId: string;
  readonly instanceType: string;
  /** GiB. */
  readonly rootVolumeSize: number;
  /** The cloud-config as the node reads it; alike on all nodes. */
  readonly userData: string;
  /** CIDR. */
  readonly allowSshFrom: string;
  /** null: the default VPC. */
  readonly vpc: string | null;
  /** The instances are spread over them; empty: EC2 chooses in the default VPC. */
  readonly subnets: readonly string[];
}

/** Everything decided before anything is created. */
export type LaunchPlan = StackPlan | InstancesPlan;

/** The road to healthy after the stack, in order. */
export const READINESS_STEPS = ['instances', 'ssh', 'etcd', 'fleet', 'api', 'minions'] as const;
export type ReadinessStep = (typeof READINESS_STEPS)[number];

/** Of them, those that a blueprint has. */
export const stepsOf = (blueprint: BlueprintName): readonly ReadinessStep[] =>
  READINESS_STEPS.slice(0, { single: 2, fleet: 4, kubernetes: 6 }[blueprint]);

/** A launch without a stack tells what it creates in the same events: there `stackId` is `launch:ID` (identity.ts). */
export type LaunchEvent =
  /** `resumed`: the stack was already there and is taken up where it is. */
  | {
      readonly type: 'stack-started';
      readonly at: number;
      readonly stackId: string;
      readonly resumed: boolean;
    }
  | { readonly type: 'stack-event'; readonly at: number; readonly event: StackEvent }
  | { readonly type: 'stack-done'; readonly at: number; readonly status: string }
  | { readonly type: 'step-started'; readonly at: number; readonly step: ReadinessStep }
  /** Progress inside a step, e.g. `2 of 3 machines`. */
  | {
      readonly type: 'step-progress';
      readonly at: number;
      readonly step: ReadinessStep;
      readonly detail: string;
    }
  | { readonly type: 'step-done'; readonly at: number; readonly step: ReadinessStep; readonly detail: string }
  | Throttled
  /** Last event of a good launch. */
  | { readonly type: 'healthy'; readonly at: number; readonly cluster: Cluster }
  /** Last event of a failed one: the root cause in error.why; `related` are the other failures, noise left out. */
  | {
      readonly type: 'failed';
      readonly at: number;
      readonly error: KubecoreError;
      readonly related: readonly StackEvent[];
      /** Ends of the consoles of nodes that never came up; absent when it failed on something else. */
      readonly consoles?: readonly NodeConsole[];
    };

/** The end of a node's serial console, as lines that are safe to show; the newest last. */
export interface NodeConsole {
  readonly instanceId: string;
  readonly address: string | null;
  readonly lines: readonly string[];
}

export interface ResourceProgress {
  readonly logicalId: string;
  readonly type: string;
  /** `waiting` until its first event, else CloudFormation's status. */
  readonly status: string;
  readonly reason: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export interface StepProgress {
  readonly step: ReadinessStep;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly detail: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** Folded from the events by `reduceLaunch(view, event)`, which starts from `initialLaunchView(plan)`. */
export interface LaunchView {
  readonly name: string;
  readonly blueprint: BlueprintName;
  readonly startedAt: number | null;
  readonly stackId: string | null;
  readonly stackStatus: string | null;
  readonly resumed: boolean;
  readonly resources: readonly ResourceProgress[];
  /** The first real failure of a resource, known while all is still rolled back. */
  readonly cause: StackEvent | null;
  readonly steps: readonly StepProgress[];
  readonly outcome:
    | { readonly type: 'healthy'; readonly cluster: Cluster }
    | {
        readonly type: 'failed';
        readonly error: KubecoreError;
        readonly related: readonly StackEvent[];
        readonly consoles: readonly NodeConsole[];
      }
    | null;
}
