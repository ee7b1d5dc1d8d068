/** Owns `kubecore change`: other parameters for a cluster that runs, by a change set that is shown before it is carried out. */
import {
  type ChangeEvent,
  carryOutChange,
  changeable,
  dropChange,
  prepareChange,
  type Wanted,
} from '../../cluster/change.ts';
import { effectsOf, warningsOf } from '../../cluster/change-words.ts';
import { EXIT, inputError } from '../../cluster/errors.ts';
import type { Cluster } from '../../cluster/model.ts';
import { PARAMETERS, type ParameterSpec, parameterText } from '../../cluster/parameters.ts';
import type { Stack } from '../../cluster/ports.ts';
import { launchTemplate, renderTemplate, templateParameters } from '../../render/template.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import { changeLines } from '../change-text.ts';
import type { Context } from '../context.ts';
import { eventRecord } from '../event-record.ts';
import { tellFailure } from '../failure.ts';
import { launchLine } from '../launch-text.ts';
import { optionName, parameterWarnings, readParameters } from '../parameter-options.ts';
import { confirm } from '../prompt.ts';
import { runningParameters } from '../running-parameters.ts';
import { identityFor, openShell } from '../session.ts';
import { systemClock, systemRandom } from '../system.ts';
import { findCluster } from '../target.ts';
import { underFaults } from '../under-faults.ts';

type Flags = Readonly<Record<string, unknown>>;

/** What a cluster is, and what only a launch asks. */
const FIXED = new Set(['name', 'recipe', 'blueprint', 'discoveryService']);

export async function change(context: Context, args: readonly string[], flags: Flags): Promise<number> {
  const { io, guards, options } = context;
  // Checked before anything is started or asked: a typo costs nothing.
  readParameters(flags);
  const asked = askedFor(flags);
  if (flags.yes !== true && !io.interactive)
    throw inputError('kubecore change does not change a cluster without a yes', io.nobody, 'give --yes');
  const backend = await chooseBackend(context);
  const name = args[0] ?? options.cluster ?? (typeof flags.name === 'string' ? flags.name : undefined);
  const cluster = await findCluster(backend, name, guards.signal);
  refuseAnotherKind(cluster, flags);
  const stack = await changeable(backend.cloud, cluster, guards.signal);
  const { wanted, notes } = await wantedOf(backend, stack, asked, flags, guards.signal);
  for (const note of notes) io.note(`warning: ${note}`);

  const ports = {
    cloud: backend.cloud,
    clock: systemClock,
    random: systemRandom,
    signal: guards.signal,
    poll: backend.polling,
  };
  const changeSet = await prepareChange(stack, wanted, ports);
  if (changeSet === null) {
    if (io.format === 'text') await io.out(`nothing to change: ${cluster.name} is already as asked\n`);
    else await io.record({ type: 'nothing-to-do', cluster });
    return EXIT.done;
  }
  let begun = false;
  try {
    const after = { ...stack.parameters, ...wanted.parameters };
    const effects = effectsOf(changeSet.changes, stack.parameters, after);
    const warnings = warningsOf(effects, stack.parameters, after);
    if (io.format === 'text')
      await io.out(
        `what would become of "${cluster.name}":\n${changeLines(effects, warnings, io.columns).join('\n')}\n`,
      );
    else await io.record({ type: 'change-set', id: changeSet.id, cluster: cluster.name, effects, warnings });
    if (flags.yes !== true && !(await confirm(context, `Change "${cluster.name}" so? (yes/no) `))) {
      io.note('nothing was changed; the change set is deleted');
      return EXIT.bad;
    }
    const identityFile = await identityFor(context, backend, cluster);
    guards.outliveOutput();
    begun = true;
    const events = carryOutChange({
      ...ports,
      cluster,
      changeSet,
      shell: (now) => openShell(context, { backend, cluster: now, identityFile, mayAsk: true }),
    });
    return await follow(context, underFaults(context, events), cluster.name);
  } finally {
    if (!begun) await dropChange(backend.cloud, changeSet.id);
  }
}

/** The parameters that flags or a config file give. */
function askedFor(flags: Flags): readonly ParameterSpec[] {
  const asked = PARAMETERS.filter((spec) => !FIXED.has(spec.key) && flags[optionName(spec)] !== undefined);
  if (asked.length > 0) return asked;
  throw inputError(
    'no change was asked for',
    'kubecore change takes the parameters that shall be others',
    'name one, such as --instance-type m3.large; kubecore change --help lists them',
  );
}

/** @throws KubecoreError (input): another recipe or blueprint would be another cluster */
function refuseAnotherKind(cluster: Cluster, flags: Flags): void {
  for (const word of ['recipe', 'blueprint'] as const)
    if (flags[word] !== undefined && flags[word] !== cluster[word])
      throw inputError(
        `"${cluster.name}" cannot become --${word} ${String(flags[word])}`,
        `it was launched as ${cluster[word]}, and a cluster keeps what it was launched as`,
        'launch another cluster: kubecore up',
      );
}

/**
 * Other values alone where the stack's own template has a parameter for each; else a template rendered anew, with what the
 * running one says kept.
 */
async function wantedOf(
  backend: ChosenBackend,
  stack: Stack,
  asked: readonly ParameterSpec[],
  flags: Flags,
  signal: AbortSignal,
): Promise<{ wanted: Wanted; notes: readonly string[] }> {
  const body = await backend.cloud.stackTemplate(stack.id, signal);
  const running = runningParameters(stack, body);
  const parameters = readParameters(flags, { ...backend.defaults, ...running });
  const notes = parameterWarnings(parameters).filter((warning) =>
    asked.some(({ flag }) => warning.startsWith(`--${flag}:`)),
  );
  if (asked.every(({ template }) => template !== null && template in stack.parameters))
    return {
      wanted: {
        parameters: Object.fromEntries(
          asked.map((spec) => [spec.template ?? '', parameterText(parameters, spec.key)]),
        ),
      },
      notes,
    };
  const { region } = backend;
  const same =
    JSON.stringify(launchTemplate({ ...readParameters({}, { ...backend.defaults, ...running }) }, region)) ===
    body;
  return {
    wanted: {
      body: renderTemplate(parameters, region).body,
      parameters: templateParameters(parameters, { discoveryUrl: '', allowSshFrom: '', keyPair: '' }),
    },
    notes: same
      ? notes
      : [
          ...notes,
          'the template that runs is another than this kubecore renders from the same parameters; what differs shows below too',
        ],
  };
}

async function follow(context: Context, events: AsyncIterable<ChangeEvent>, name: string): Promise<number> {
  const { io } = context;
  let since: number | null = null;
  for await (const event of events) {
    since ??= event.at;
    if (io.format !== 'text') await io.record(eventRecord(event));
    else if (event.type === 'changed') await io.out(`${name} is changed\n`);
    else {
      const line =
        event.type === 'stack-started' ? `  0:00  changing the stack of ${name}` : launchLine(event, since);
      if (line !== null) await io.out(`${line}\n`);
    }
    if (event.type === 'failed') {
      tellFailure(context, event);
      return event.error.fault === 'interrupted' ? EXIT.interrupted : event.error.exitCode;
    }
  }
  return EXIT.done;
}
