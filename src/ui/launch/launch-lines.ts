/** Owns how a launch looks: the stack's resources and the road to healthy as groups of rows, its failure in words. Pure. */
import type {
  LaunchView,
  NodeConsole,
  ReadinessStep,
  ResourceProgress,
  StepProgress,
} from '../../cluster/launch-contract.ts';
import type { StackEvent } from '../../cluster/ports.ts';
import { sanitise } from '../sanitise.ts';
import { cutCells, wrapWords } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';
import type { ProgressGroup, ProgressMark, ProgressRow } from '../widgets/progress-tree.ts';
import { elapsed, problem } from '../wizard/words.ts';

const TYPES: Readonly<Record<string, string>> = {
  'AWS::EC2::SecurityGroup': 'security group',
  'AWS::EC2::SecurityGroupIngress': 'ingress rule',
  'AWS::EC2::Instance': 'machine',
  'AWS::AutoScaling::AutoScalingGroup': 'Auto Scaling group',
};

const WORDS: Readonly<Record<string, string>> = {
  waiting: 'waiting',
  CREATE_IN_PROGRESS: 'creating',
  CREATE_COMPLETE: 'created',
  CREATE_FAILED: 'failed',
  ROLLBACK_IN_PROGRESS: 'rolling back',
  ROLLBACK_COMPLETE: 'rolled back',
  ROLLBACK_FAILED: 'failed',
  DELETE_IN_PROGRESS: 'deleting',
  DELETE_COMPLETE: 'deleted',
  DELETE_FAILED: 'failed',
  DELETE_SKIPPED: 'kept',
  UPDATE_IN_PROGRESS: 'updating',
  UPDATE_COMPLETE: 'updated',
};

/** `AWS::EC2::LaunchTemplate` → `launch template`. */
const typeWords = (type: string): string =>
  sanitise(
    type
      .replace(/^.*::/, '')
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase(),
  );

/** CloudFormation's status in a word. */
export const statusWord = (status: string): string =>
  WORDS[status] ?? sanitise(status.toLowerCase().replaceAll('_', ' '));

export function statusMark(status: string): ProgressMark {
  if (status === 'waiting') return 'waiting';
  if (/FAILED|^ROLLBACK|ROLLBACK_COMPLETE$/.test(status))
    return status.endsWith('_IN_PROGRESS') ? 'running' : 'failed';
  if (status.endsWith('_IN_PROGRESS')) return 'running';
  return status.startsWith('DELETE_') ? 'gone' : 'done';
}

const time = (startedAt: number | null, endedAt: number | null, now: number): string =>
  startedAt === null ? '' : elapsed((endedAt ?? now) - startedAt);

const HEADS = { kubernetes: 'Stack', fleet: 'Fleet', single: 'Single machine' } as const;

/** The two groups of a launch: its stack, and the road to healthy. `now` is in milliseconds since the epoch. */
export function launchGroups(view: LaunchView, now: number): readonly ProgressGroup[] {
  const { resources, steps } = view;
  const created = resources.filter((resource) => statusMark(resource.status) === 'done').length;
  const status = view.stackStatus ?? (view.startedAt === null ? 'waiting' : 'CREATE_IN_PROGRESS');
  const done = steps.filter((step) => step.state === 'done').length;
  return [
    {
      head: {
        label: `${HEADS[view.blueprint]} ${sanitise(view.name)}`,
        note: `${created} of ${resources.length} resources`,
        mark: statusMark(status),
        word: statusWord(status),
        time: time(view.startedAt, stackEnd(view), now),
        reason: null,
      },
      rows: resources.map((resource) => resourceRow(resource, now, view.outcome?.type !== 'failed')),
      total: resources.length,
      many: 'resources',
    },
    {
      head: {
        label: 'Road to healthy',
        note: `${done} of ${steps.length} steps`,
        mark: roadMark(steps),
        word: roadWord(steps),
        time: time(steps[0]?.startedAt ?? null, steps.at(-1)?.endedAt ?? lastEnd(steps), now),
        reason: null,
      },
      rows: steps.map((step) => stepRow(step, now)),
      total: steps.length,
      many: 'steps',
    },
  ];
}

/** When the stack came to rest, as far as its resources tell. */
function stackEnd(view: LaunchView): number | null {
  if (view.stackStatus === null || view.stackStatus.endsWith('_IN_PROGRESS')) return null;
  const ends = view.resources.flatMap(({ endedAt }) => (endedAt === null ? [] : [endedAt]));
  return ends.length === 0 ? view.startedAt : Math.max(...ends);
}

const lastEnd = (steps: readonly StepProgress[]): number | null =>
  steps.find((step) => step.state === 'failed')?.endedAt ?? null;

function roadMark(steps: readonly StepProgress[]): ProgressMark {
  if (steps.some((step) => step.state === 'failed')) return 'failed';
  if (steps.every((step) => step.state === 'done')) return 'done';
  return steps.some((step) => step.state !== 'waiting') ? 'running' : 'waiting';
}

const roadWord = (steps: readonly StepProgress[]): string =>
  ({ failed: 'failed', done: 'healthy', running: 'on the way', waiting: 'waiting', gone: '' })[
    roadMark(steps)
  ];

/** The reason stands under the row only while the failure itself is not told above the tree. */
function resourceRow(resource: ResourceProgress, now: number, reasons: boolean): ProgressRow {
  return {
    label: sanitise(resource.logicalId),
    note: TYPES[resource.type] ?? typeWords(resource.type),
    mark: statusMark(resource.status),
    word: statusWord(resource.status),
    time: time(resource.startedAt, resource.endedAt, now),
    reason: resource.reason === null || !reasons ? null : sanitise(resource.reason),
  };
}

const STEP_LABELS: Readonly<Record<ReadinessStep, string>> = {
  instances: 'Instances are running',
  ssh: 'SSH answers',
  etcd: 'etcd has a quorum',
  fleet: 'fleet lists the machines',
  api: 'Kubernetes API answers',
  minions: 'Minions are registered',
};

const STEP_WORDS = { waiting: 'waiting', running: 'looking', done: 'yes', failed: 'no' } as const;

function stepRow(step: StepProgress, now: number): ProgressRow {
  return {
    label: STEP_LABELS[step.step],
    note: sanitise(step.detail),
    mark: step.state,
    // What was found says more than the word, and needs its room.
    word: step.detail === '' ? STEP_WORDS[step.state] : '',
    time: time(step.startedAt, step.endedAt, now),
    reason: null,
  };
}

/** The root cause first, then the other failures and what nodes that never came up printed last; at most `height` lines. */
export function failureLines(
  error: Parameters<typeof problem>[0],
  related: readonly StackEvent[],
  consoles: readonly NodeConsole[],
  width: number,
  height: number,
  theme: Theme,
): string[] {
  const cause = problem(error, width, theme);
  const others = related.flatMap((event) =>
    wrapWords(
      `${sanitise(event.logicalId)}: ${sanitise(event.reason ?? statusWord(event.status))}`,
      width - 4,
    ).map((line, index) => theme.paint('dim', `${index === 0 ? '  · ' : '    '}${line}`)),
  );
  const also = others.length === 0 ? [] : [theme.paint('dim', '  Also:'), ...others];
  const room = height - cause.length - also.length;
  return [...cause, ...also, ...consoleLines(consoles, width, room, theme)].slice(0, height);
}

/** The ends of consoles, the last lines of each as far as there is room. */
function consoleLines(consoles: readonly NodeConsole[], width: number, room: number, theme: Theme): string[] {
  const each = Math.floor(room / Math.max(1, consoles.length)) - 1;
  if (each < 1) return [];
  return consoles.flatMap(({ instanceId, address, lines }) => [
    theme.paint(
      'dim',
      cutCells(`  The end of the console of ${instanceId}${address === null ? '' : ` (${address})`}:`, width),
    ),
    ...lines.slice(-each).map((line) => cutCells(`    ${sanitise(line)}`, width)),
  ]);
}
