/** Owns what `kubecore up` finds when the cluster is there already: other parameters, or nothing left to do. */
import { inputError } from '../cluster/errors.ts';
import { assess } from '../cluster/health.ts';
import { clusterFromStack, launchIdOf } from '../cluster/identity.ts';
import { parametersOfTags } from '../cluster/instances-plan.ts';
import type { Cluster } from '../cluster/model.ts';
import {
  DEFAULTS,
  PARAMETERS,
  type ParameterSpec,
  type Parameters,
  parameterText,
} from '../cluster/parameters.ts';
import type { Stack } from '../cluster/ports.ts';
import { snapshot } from '../cluster/status.ts';
import { imageFor } from '../render/template.ts';
import type { ChosenBackend } from './backend.ts';
import type { Context } from './context.ts';
import { optionName } from './parameter-options.ts';
import { runningParameters } from './running-parameters.ts';
import { openShell } from './session.ts';
import { systemClock, systemRandom } from './system.ts';

/** Of these nothing is kept where it could be compared: they only serve the launch itself. */
const ONCE = new Set(['name', 'discoveryService']);

/**
 * A launch that is there cannot be changed by launching it again.
 * @param flags the launch parameters that flags, environment and config file give
 * @throws KubecoreError (input) when one of them is another than the cluster has
 */
export async function refuseOtherParameters(
  context: Context,
  backend: ChosenBackend,
  stack: Stack,
  asked: Parameters,
  flags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const given = PARAMETERS.filter((spec) => !ONCE.has(spec.key) && flags[optionName(spec)] !== undefined);
  if (given.length === 0) return;
  const withoutStack = launchIdOf(stack.id) !== null;
  const running: Parameters = {
    ...DEFAULTS,
    ...(withoutStack
      ? parametersOfTags(stack.tags)
      : {
          blueprint: 'kubernetes',
          ...runningParameters(stack, await backend.cloud.stackTemplate(stack.id, context.guards.signal)),
        }),
  };
  const text = (parameters: Parameters, spec: ParameterSpec): string =>
    // An image and the map that names it for this region are the same.
    spec.key === 'ami' ? imageFor(parameters, backend.region) : parameterText(parameters, spec.key);
  const others = given.filter((spec) => text(asked, spec) !== text(running, spec));
  if (others.length === 0) return;
  throw inputError(
    `"${stack.name}" is there already, with other parameters`,
    others
      .map(
        (spec) =>
          `${saidWhere(context, spec, parameterText(asked, spec.key))}, but it has ${text(running, spec) || 'none'}`,
      )
      .join('; '),
    [
      wayToChange(stack.name, others, asked, running, backend.flags),
      `leave ${others.length === 1 ? 'it' : 'them'} out to take the cluster as it is`,
      'or choose another --name',
    ]
      .filter((part) => part !== '')
      .join('; '),
  );
}

/** `--cluster-size 5`, or where else it was said: `cluster-size: 5 (kubecore.yaml:3)`. */
function saidWhere({ settings }: Context, { flag }: ParameterSpec, text: string): string {
  const origin = settings.entries.find(({ setting }) => setting.key === flag)?.origin;
  if (origin?.from === 'file') return `${flag}: ${text} (${origin.file}:${origin.line})`;
  return origin?.from === 'environment' ? `${origin.name}=${text}` : `--${flag} ${text}`;
}

function wayToChange(
  name: string,
  others: readonly ParameterSpec[],
  asked: Parameters,
  { blueprint }: Parameters,
  flags: readonly string[],
): string {
  const where = ['--cluster', name, ...flags].join(' ');
  const [only] = others;
  if (blueprint !== 'single' && others.length === 1 && only?.key === 'clusterSize')
    return `kubecore scale ${asked.clusterSize} ${where} does that`;
  // What has no stack has no change sets either; and no stack becomes another blueprint.
  return blueprint !== 'kubernetes' || others.some(({ key }) => key === 'blueprint')
    ? ''
    : `kubecore change ${others.map((spec) => `--${spec.flag} ${parameterText(asked, spec.key)}`).join(' ')} ${where} shows what that would replace, and does it`;
}

/** A launch that has ended well; anything else is taken up. */
const WHOLE = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/;

/** The cluster, when it is launched whole and healthy now: then nothing is left to do. null: it has to be waited for. */
export async function healthyNow(
  context: Context,
  backend: ChosenBackend,
  stack: Stack,
  identityFile: string | null,
): Promise<Cluster | null> {
  if (!WHOLE.test(stack.status)) return null;
  const { signal } = context.guards;
  const cluster = clusterFromStack(stack, await backend.cloud.instances(stack.id, signal), backend.region);
  if (cluster.master === null) return null;
  const shell = openShell(context, { backend, cluster, identityFile, mayAsk: false });
  try {
    const view = await snapshot({
      shell,
      cloud: backend.cloud,
      cluster,
      clock: systemClock,
      random: systemRandom,
      signal,
    });
    return assess(view, cluster).health === 'healthy' ? cluster : null;
  } finally {
    await shell.close();
  }
}
