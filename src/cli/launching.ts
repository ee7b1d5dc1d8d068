/** Owns a launch from outside the domain: asking what was left open, the plan, the shell it waits over, the record it leaves. */
import { KubecoreError } from '../cluster/errors.ts';
import { newLaunchId } from '../cluster/instances-plan.ts';
import { launch } from '../cluster/launch.ts';
import type { LaunchEvent, LaunchPlan } from '../cluster/launch-contract.ts';
import { checkNetwork } from '../cluster/network.ts';
import { appliesTo, nodeCount, type Parameters } from '../cluster/parameters.ts';
import { planFor } from '../render/plan.ts';
import { renderTemplate } from '../render/template.ts';
import type { ChosenBackend } from './backend.ts';
import type { Context } from './context.ts';
import { openShell } from './session.ts';
import { systemClock, systemRandom } from './system.ts';
import { VERSION } from './version.ts';

/** The caller's own address as a network, for --allow-ssh-from. */
export async function ownNetwork(backend: ChosenBackend, signal?: AbortSignal): Promise<string> {
  try {
    return `${await backend.cloud.callerAddress(signal)}/32`;
  } catch (error) {
    throw new KubecoreError({
      what: "this computer's public address could not be found out",
      why: error instanceof Error ? error.message : String(error),
      next: 'give the network that may use SSH with --allow-ssh-from CIDR',
      fault: 'network',
      cause: error,
    });
  }
}

/** The plan of a launch: open questions answered, what is sent rendered and, where it is a template, accepted by CloudFormation. Creates nothing. */
export async function planLaunch(
  backend: ChosenBackend,
  parameters: Parameters,
  keyPair: string,
  signal?: AbortSignal,
): Promise<LaunchPlan> {
  const { cloud, region } = backend;
  await checkNetwork(cloud, parameters, signal);
  if (parameters.blueprint === 'kubernetes')
    await cloud.validateTemplate(renderTemplate(parameters, region).body, signal);
  const allowSshFrom = parameters.allowSshFrom ?? (await ownNetwork(backend, signal));
  const discoveryUrl = appliesTo('discoveryUrl', parameters.blueprint)
    ? (parameters.discoveryUrl ??
      (await cloud.newDiscoveryUrl(parameters.discoveryService, nodeCount(parameters), signal)))
    : '';
  return planFor(parameters, {
    region,
    keyPair,
    allowSshFrom,
    discoveryUrl,
    version: VERSION,
    launchId: newLaunchId(systemRandom),
  });
}

/** Runs a launch (or takes it up) and remembers the cluster and its key. */
export async function* runLaunch(
  context: Context,
  backend: ChosenBackend,
  plan: LaunchPlan,
  identityFile: string | null,
  signal: AbortSignal,
): AsyncGenerator<LaunchEvent> {
  const remember = (stackId: string): Promise<void> =>
    backend.records.put({
      name: plan.name,
      region: plan.region,
      stackId,
      identityFile,
      rememberedAt: new Date().toISOString(),
    });
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
  for await (const event of events) {
    if (event.type === 'stack-started') await remember(event.stackId);
    yield event;
  }
}
