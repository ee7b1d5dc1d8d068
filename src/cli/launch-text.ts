/** Owns a launch told as lines, for pipes and logs: one line a step, nothing redrawn. */
import { launchIdOf } from '../cluster/identity.ts';
import type { LaunchEvent, ReadinessStep } from '../cluster/launch-contract.ts';
import type { StackEvent } from '../cluster/ports.ts';
import { oneLine } from './io.ts';

export const STEP_WORDS: Readonly<Record<ReadinessStep, string>> = {
  instances: 'instances running',
  ssh: 'SSH answers',
  etcd: 'etcd has quorum',
  fleet: 'fleet lists the machines',
  api: 'the Kubernetes API answers',
  minions: 'minions registered',
};

/** The line that tells an event, or null when it says nothing new to a reader of lines. `since` is the launch's start. */
export function launchLine(event: LaunchEvent, since: number): string | null {
  const clock = elapsed(event.at - since);
  switch (event.type) {
    case 'stack-started':
      return `${clock}  ${event.resumed ? 'taking up' : 'creating'} the ${whole(event.stackId)}`;
    case 'stack-event':
      return `${clock}  ${stackEventLine(event.event)}`;
    case 'stack-done':
      return `${clock}  the resources are ${oneLine(event.status)}`;
    case 'step-started':
      return `${clock}  waiting: ${STEP_WORDS[event.step]}`;
    case 'step-progress':
      return `${clock}    ${oneLine(event.detail)}`;
    case 'step-done':
      return `${clock}  done: ${STEP_WORDS[event.step]} (${oneLine(event.detail)})`;
    case 'throttled':
      return `${clock}  AWS throttles; asking again in ${Math.max(1, Math.round((event.retryAt - event.at) / 1000))} s`;
    case 'healthy':
      return `${clock}  ${event.cluster.name} is healthy; ${event.cluster.blueprint === 'kubernetes' ? 'its master is' : 'the way in is'} ${event.cluster.master?.address ?? 'unknown'}`;
    case 'failed':
      return null;
  }
}

/** `stack arn:…`, or `launch ID` of what has no stack. */
export function whole(stackId: string): string {
  const launchId = launchIdOf(stackId);
  return launchId === null ? `stack ${oneLine(stackId)}` : `launch ${oneLine(launchId)}`;
}

/** One event of a stack on one line. */
export function stackEventLine({ logicalId, status, reason, type }: StackEvent): string {
  return `${oneLine(status).padEnd(27)} ${oneLine(logicalId)} (${oneLine(type)})${reason ? `: ${oneLine(reason)}` : ''}`;
}

/** `  1:05`, minutes and seconds, as wide for the first hour. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(6);
}
