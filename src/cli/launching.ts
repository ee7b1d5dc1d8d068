/** Owns a launch from outside the domain: the shell it waits over, the record it leaves. */
import { launch } from '../cluster/launch.ts';
import type { LaunchEvent, LaunchPlan } from '../cluster/launch-contract.ts';
import type { ChosenBackend } from './backend.ts';
import type { Context } from './context.ts';
import { openShell } from './session.ts';
import { systemClock, systemRandom } from './system.ts';
import { underFaults } from './under-faults.ts';

/** Runs a launch (or takes it up) and remembers the cluster and its key. */
export async function* runLaunch(
  context: Context,
  backend: ChosenBackend,
  plan: LaunchPlan,
  identityFile: string | null,
  signal: AbortSignal,
): AsyncGenerator<LaunchEvent> {
  const created = new Map<string, { readonly logicalId: string; readonly id: string }>();
  const remember = (stackId: string): Promise<void> =>
    backend.records.put({
      name: plan.name,
      region: plan.region,
      stackId,
      identityFile,
      rememberedAt: new Date().toISOString(),
      ...(plan.blueprint === 'kubernetes' ? {} : { created: [...created.values()] }),
    });
  let stackId: string | null = null;
  const events = launch({
    plan,
    cloud: backend.cloud,
    shell: (cluster) => openShell(context, { backend, cluster, identityFile, mayAsk: false }),
    clock: systemClock,
    random: systemRandom,
    signal,
    poll: backend.polling,
    flags: backend.flags,
  });
  for await (const event of underFaults(context, events)) {
    if (event.type === 'stack-started') {
      stackId = event.stackId;
      await remember(stackId);
    }
    // Without a stack nobody but us keeps a list of what was created.
    if (event.type === 'stack-event' && plan.blueprint !== 'kubernetes' && stackId !== null) {
      const { logicalId, physicalId } = event.event;
      if (physicalId !== null && physicalId !== stackId && !created.has(physicalId)) {
        created.set(physicalId, { logicalId, id: physicalId });
        await remember(stackId);
      }
    }
    yield event;
  }
}
