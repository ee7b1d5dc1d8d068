/** Owns `kubecore render --diff`: what runs against what would be rendered, template and values of its parameters. */
import { stringify } from 'yaml';
import { KubecoreError } from '../cluster/errors.ts';
import { launchIdOf } from '../cluster/identity.ts';
import { parametersOfTags } from '../cluster/instances-plan.ts';
import { isLive } from '../cluster/launch-instances.ts';
import { PARAMETERS, type Parameters, parameterText } from '../cluster/parameters.ts';
import type { Stack } from '../cluster/ports.ts';
import {
  cloudConfig,
  type Form,
  launchTemplate,
  publishedTemplate,
  type Template,
  templateYaml,
} from '../render/template.ts';
import { sanitise } from '../ui/sanitise.ts';
import { type ChosenBackend, chooseBackend } from './backend.ts';
import type { Context } from './context.ts';
import { readParameters } from './parameter-options.ts';
import { unifiedDiff } from './render-diff.ts';
import { runningParameters } from './running-parameters.ts';
import { findCluster } from './target.ts';

export interface RunningDiff {
  readonly cluster: string;
  readonly differs: boolean;
  /** As `diff -u` prints it, safe for a terminal; '' when nothing differs. */
  readonly diff: string;
}

/** What flags do not say is as it runs, so that only a change shows. */
export async function diffWithRunning(
  context: Context,
  flags: Readonly<Record<string, unknown>>,
  form: Form,
): Promise<RunningDiff> {
  const { signal } = context.guards;
  const backend = await chooseBackend(context);
  const name = context.options.cluster ?? (typeof flags.name === 'string' ? flags.name : undefined);
  const cluster = await findCluster(backend, name, signal);
  const id = cluster.stackId ?? cluster.name;
  const stack = await backend.cloud.stack(id, signal);
  if (stack === null) throw gone(cluster.name, backend);
  const { running, rendered } =
    launchIdOf(stack.id) === null
      ? await templates(backend, stack, flags, form, signal)
      : await cloudConfigs(backend, stack, flags, form, signal);
  const diff = unifiedDiff(
    { label: `${stack.name} (running)`, text: running },
    { label: `${stack.name} (rendered)`, text: rendered },
  );
  return {
    cluster: cluster.name,
    differs: diff !== '',
    diff: diff
      .split('\n')
      .map((line) => sanitise(line))
      .join('\n'),
  };
}

interface Texts {
  readonly running: string;
  readonly rendered: string;
}

async function templates(
  backend: ChosenBackend,
  stack: Stack,
  flags: Readonly<Record<string, unknown>>,
  form: Form,
  signal: AbortSignal,
): Promise<Texts> {
  const body = await backend.cloud.stackTemplate(stack.id, signal);
  const parameters = readParameters(flags, { ...backend.defaults, ...runningParameters(stack, body) });
  const template = form === 'published' ? publishedTemplate() : launchTemplate(parameters, backend.region);
  return {
    running: runningText(body) + valuesText(stack.parameters),
    rendered: templateYaml(template) + valuesText(valuesOf(template, parameters)),
  };
}

/** What has no stack is what its machines were started with: the oldest that runs is asked. */
async function cloudConfigs(
  backend: ChosenBackend,
  stack: Stack,
  flags: Readonly<Record<string, unknown>>,
  form: Form,
  signal: AbortSignal,
): Promise<Texts> {
  const [machine] = (await backend.cloud.instances(stack.id, signal)).filter(isLive);
  if (machine === undefined) throw gone(stack.name, backend);
  const kept = parametersOfTags(stack.tags);
  const parameters = readParameters(flags, { ...backend.defaults, ...kept });
  const values = (of: Parameters): string =>
    valuesText(Object.fromEntries(Object.keys(stack.parameters).map((key) => [key, templateValue(of, key)])));
  return {
    running: (await backend.cloud.userData(machine.id, signal)) + values(kept),
    rendered: cloudConfig('master', parameters, form) + values(parameters),
  };
}

/** A parameter by the name that it has in the template. */
const templateValue = (parameters: Parameters, name: string): string => {
  const spec = PARAMETERS.find(({ template }) => template === name);
  return spec === undefined ? '' : parameterText(parameters, spec.key);
};

const gone = (name: string, backend: ChosenBackend): KubecoreError =>
  new KubecoreError({
    what: `there is no cluster "${name}" any more`,
    why: 'its stack was deleted meanwhile',
    next: ['kubecore list', ...backend.flags].join(' '),
    fault: 'input',
  });

/** Values that the rendered template would be given, of the parameters it has. */
function valuesOf(template: Template, parameters: Parameters): Readonly<Record<string, string>> {
  return Object.fromEntries(
    PARAMETERS.flatMap((spec) =>
      spec.template !== null && spec.template in template.Parameters
        ? [[spec.template, parameterText(parameters, spec.key)] as const]
        : [],
    ),
  );
}

/** kubecore sends JSON, which is shown as the rendered one is; another tool's template is shown as it is. */
function runningText(body: string): string {
  try {
    return templateYaml(JSON.parse(body));
  } catch {
    return body.endsWith('\n') ? body : `${body}\n`;
  }
}

const valuesText = (values: Readonly<Record<string, string>>): string =>
  `\n# Values of the parameters.\n${stringify(Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))))}`;
