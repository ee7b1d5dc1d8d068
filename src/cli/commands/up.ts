/** Owns `kubecore up`: launch a cluster, or take up a launch in flight, and wait until it is healthy. */
import { EXIT, inputError, interruptedError } from '../../cluster/errors.ts';
import { isOurs } from '../../cluster/identity.ts';
import { newLaunchId } from '../../cluster/instances-plan.ts';
import type { LaunchEvent, LaunchPlan } from '../../cluster/launch-contract.ts';
import { nodeCount, type Parameters } from '../../cluster/parameters.ts';
import { type Findings, refusals } from '../../cluster/preflight-contract.ts';
import { planFor, planOfStack } from '../../render/plan.ts';
import { imageFor } from '../../render/template.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { eventRecord } from '../event-record.ts';
import { tellFailure } from '../failure.ts';
import { chooseKeyPair } from '../key-choice.ts';
import { launchLine } from '../launch-text.ts';
import { runLaunch } from '../launching.ts';
import { parameterWarnings, readParameters } from '../parameter-options.ts';
import { checkLines, preflightExit, preflightOf, tally, titled } from '../preflighting.ts';
import { confirm } from '../prompt.ts';
import { healthyNow, refuseOtherParameters } from '../standing.ts';
import { systemRandom } from '../system.ts';
import { VERSION } from '../version.ts';

export async function up(
  context: Context,
  _args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  // Checked before anything is started or asked: a typo costs nothing.
  readParameters(flags);
  if (flags.yes !== true && !io.interactive) {
    throw inputError('kubecore up does not launch without a yes', io.nobody, 'give --yes');
  }
  const backend = await chooseBackend(context);
  const asked = readParameters(flags, backend.defaults);
  for (const warning of parameterWarnings(asked)) io.note(`warning: ${warning}`);
  guards.outliveOutput();
  const found = await backend.cloud.stack(asked.name, guards.signal);
  const existing = found !== null && isOurs(found) && found.status !== 'DELETE_COMPLETE' ? found : null;
  const there = existing ? planOfStack(existing, backend.region, VERSION) : null;
  // The nodes of a launch that is there know the key of their own pair alone.
  const key = await chooseKeyPair(
    context,
    backend,
    there?.keyPair ? { ...asked, keyPair: there.keyPair } : asked,
  );
  const parameters = { ...asked, keyPair: key.keyPair };
  let plan: LaunchPlan;
  if (existing && there) {
    await refuseOtherParameters(context, backend, existing, asked, flags);
    const standing = await healthyNow(context, backend, existing, key.identityFile);
    if (standing) {
      if (io.format === 'text')
        await io.out(`nothing to do: "${standing.name}" is there as asked, and healthy\n`);
      else await io.record({ type: 'nothing-to-do', cluster: standing });
      return EXIT.done;
    }
    plan = there;
  } else {
    const checked = await checkedPlan(context, backend, parameters, flags.ignoreChecks === true);
    if (typeof checked === 'number') return checked;
    plan = checked.plan;
    io.note(summary(backend, parameters, checked.findings));
    if (flags.yes !== true && !(await confirm(context, 'Launch it? (yes/no) '))) {
      io.note('nothing was launched');
      return EXIT.bad;
    }
  }
  return follow(context, runLaunch(context, backend, plan, key.identityFile, guards.signal), plan, backend);
}

/** The plan once every check has answered, or the exit code when something stands in the way: then all of it is told. */
async function checkedPlan(
  context: Context,
  backend: ChosenBackend,
  parameters: Parameters,
  ignoring: boolean,
): Promise<{ plan: LaunchPlan; findings: Findings } | number> {
  const { io } = context;
  const findings = await preflightOf(context, backend, parameters);
  const { checks, settled } = findings;
  for (const check of checks)
    if (check.state === 'warning' || (check.state === 'unchecked' && check.check !== 'price'))
      io.note(checkLines(titled(check), { ...io, color: false }));
  const failed = refusals(checks);
  if (failed.length > 0) {
    for (const error of failed) context.report(error);
    const complete = settled.allowSshFrom !== null && settled.discoveryUrl !== null;
    if (!ignoring || !complete) {
      io.note(
        `nothing was launched: ${tally(checks)}${complete ? '; --ignore-checks launches all the same' : ''}`,
      );
      return preflightExit(checks);
    }
  }
  const { allowSshFrom, discoveryUrl } = settled;
  const plan = planFor(parameters, {
    region: backend.region,
    keyPair: parameters.keyPair ?? '',
    allowSshFrom: allowSshFrom ?? '',
    discoveryUrl: discoveryUrl ?? '',
    version: VERSION,
    launchId: newLaunchId(systemRandom),
  });
  return { plan, findings };
}

function summary(backend: ChosenBackend, parameters: Parameters, { checks, settled }: Findings): string {
  const { blueprint, instanceType, clusterSize } = parameters;
  const nodes = nodeCount(parameters);
  const price = checks.find(({ check }) => check === 'price');
  const roles = blueprint === 'kubernetes' ? ` (1 master, ${clusterSize} minions)` : '';
  return [
    `launching "${parameters.name}" in ${backend.kind === 'sandbox' ? 'the sandbox' : backend.region} (${tally(checks)}):`,
    blueprint === 'kubernetes'
      ? `  a CloudFormation stack with 3 security groups and 2 Auto Scaling groups`
      : `  a security group, without a CloudFormation stack`,
    `  ${nodes} ${nodes === 1 ? 'instance' : 'instances'} of ${instanceType}${roles} from ${imageFor(parameters, backend.region)}`,
    `  key pair ${parameters.keyPair}; SSH open to ${settled.allowSshFrom ?? ''}`,
    ...(backend.kind === 'aws'
      ? [
          `  price: ${price?.state === 'ok' ? price.found : `not known (${price?.found ?? ''})`}`,
          '  AWS bills the instances until kubecore down deletes them',
        ]
      : []),
  ].join('\n');
}

/** Prints a launch as it goes: results (records) to standard output, lines for a person to standard error or, as text, output. */
async function follow(
  context: Context,
  events: AsyncIterable<LaunchEvent>,
  { name, blueprint }: LaunchPlan,
  backend: ChosenBackend,
): Promise<number> {
  const { io, guards } = context;
  const flags = backend.flags.map((flag) => ` ${flag}`).join('');
  let since: number | null = null;
  let started = false;
  try {
    for await (const event of events) {
      since ??= event.at;
      started ||= event.type === 'stack-started';
      if (io.format === 'text') {
        const line = launchLine(event, since);
        if (line !== null) await io.out(`${line}\n`);
      } else {
        await io.record(eventRecord(event));
      }
      if (event.type === 'failed') {
        tellFailure(context, event);
        // A launch that failed is a bad answer; one that was never begun is whose fault the error says.
        return started ? EXIT.bad : event.error.exitCode;
      }
    }
  } catch (error) {
    if (!guards.signal.aborted) throw error;
    throw interruptedError(
      blueprint === 'kubernetes'
        ? `the launch of "${name}" goes on without kubecore`
        : `"${name}" is not launched whole yet; what is created stays`,
      `take it up again: kubecore up --name ${name}${flags} --yes; or delete it: kubecore down ${name}${flags}`,
    );
  }
  if (io.format === 'text') await io.out(`next: kubecore console ${name}${flags}\n`);
  return EXIT.done;
}
