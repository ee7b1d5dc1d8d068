/**
 * Owns the events of launches without a stack: EC2 keeps none, so what is there is compared with what was seen before, and
 * each difference becomes an event in CloudFormation's words.
 */
import { byAge, launchRef } from './identity.ts';
import { machineName, RESOURCE, RESOURCE_TYPE } from './instances-plan.ts';
import type { Instance, Stack, StackEvent } from './ports.ts';

export interface LaunchLog {
  /** Takes in what AWS shows now and gives the events after `afterId`, oldest first. `stack` is null once its group is gone. */
  seen(
    launchId: string,
    stack: Stack | null,
    instances: readonly Instance[],
    afterId: string | null,
  ): readonly StackEvent[];
}

interface Told {
  readonly events: StackEvent[];
  /** The last status of each resource, by physical id. */
  readonly statuses: Map<string, string>;
  /** `Machine1`, … in the order in which they were seen. */
  readonly names: Map<string, string>;
  stack: Stack | null;
}

/** EC2's state as CloudFormation would tell it. */
const STATUS: Readonly<Record<string, string>> = {
  pending: 'CREATE_IN_PROGRESS',
  running: 'CREATE_COMPLETE',
  'shutting-down': 'DELETE_IN_PROGRESS',
  terminated: 'DELETE_COMPLETE',
};

/** When EC2 says that a state was entered: `User initiated (2026-11-22 21:05:12 GMT)`. */
const saidAt = (reason: string | null): number | null => {
  const text = /\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) GMT\)/.exec(reason ?? '')?.[1];
  return text === undefined ? null : Date.parse(`${text.replace(' ', 'T')}Z`);
};

/** A log that remembers what it was shown, for as long as the program runs. */
export function createLaunchLog(): LaunchLog {
  const launches = new Map<string, Told>();
  return {
    seen(launchId, stack, instances, afterId) {
      const told: Told = launches.get(launchId) ?? {
        events: [],
        statuses: new Map(),
        names: new Map(),
        stack: null,
      };
      launches.set(launchId, told);
      const tell = (event: Omit<StackEvent, 'id' | 'physicalId'> & { physicalId: string }): void => {
        if (told.statuses.get(event.physicalId) === event.status) return;
        told.statuses.set(event.physicalId, event.status);
        const id = `${launchId}-${told.events.length + 1}`;
        // What is seen late has happened late, as far as anybody can tell: the log stays in order.
        const at = Math.max(event.at, told.events.at(-1)?.at ?? 0);
        told.events.push({ ...event, at, id });
      };
      const known = stack ?? told.stack;
      const group = known?.outputs.SecurityGroup;
      if (known && group !== undefined)
        tell({
          at: stack === null ? lastChange(instances, known) : known.createdAt,
          logicalId: RESOURCE.group,
          physicalId: group,
          type: RESOURCE_TYPE.group,
          status: stack === null ? 'DELETE_COMPLETE' : 'CREATE_COMPLETE',
          reason: null,
        });
      for (const instance of [...instances].sort(byAge)) {
        const status = STATUS[instance.state] ?? instance.state.toUpperCase();
        // One that ended before anybody looked has no story worth a line.
        if (status === 'DELETE_COMPLETE' && !told.statuses.has(instance.id) && known === null) continue;
        if (!told.names.has(instance.id)) told.names.set(instance.id, machineName(told.names.size + 1));
        tell({
          at: status.startsWith('DELETE')
            ? (saidAt(instance.stateReason) ?? instance.launchTime)
            : instance.launchTime,
          logicalId: told.names.get(instance.id) ?? instance.id,
          physicalId: instance.id,
          type: RESOURCE_TYPE.instance,
          status,
          reason: status.startsWith('DELETE') ? instance.stateReason : null,
        });
      }
      const status = stack?.status ?? (told.stack === null ? null : 'DELETE_COMPLETE');
      if (known && status !== null)
        tell({
          at: stack === null ? lastChange(instances, known) : known.createdAt,
          logicalId: known.name,
          physicalId: launchRef(launchId),
          type: RESOURCE_TYPE.launch,
          status,
          reason: known.statusReason,
        });
      told.stack = known;
      const from = afterId === null ? -1 : told.events.findIndex(({ id }) => id === afterId);
      return told.events.slice(from + 1);
    },
  };
}

const lastChange = (instances: readonly Instance[], stack: Stack): number =>
  Math.max(
    stack.createdAt,
    ...instances.map(({ launchTime, stateReason }) => saidAt(stateReason) ?? launchTime),
  );
