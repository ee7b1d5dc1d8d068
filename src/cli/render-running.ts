/** Owns `kubecore render --diff`: what runs against what would be rendered, template and values of its parameters. */
import { stringify } from 'yaml';
import { KubecoreError } from '../cluster/errors.ts';
import { PARAMETERS, type Parameters, parameterText } from '../cluster/parameters.ts';
import {
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
  const [stack, body] = await Promise.all([
    backend.cloud.stack(id, signal),
    backend.cloud.stackTemplate(id, signal),
  ]);
  if (stack === null) throw gone(cluster.name, backend);
  const parameters = readParameters(flags, { ...backend.defaults, ...runningParameters(stack, body) });
  const template = form === 'published' ? publishedTemplate() : launchTemplate(parameters, backend.region);
  const diff = unifiedDiff(
    { label: `${stack.name} (running)`, text: runningText(body) + valuesText(stack.parameters) },
    {
      label: `${stack.name} (rendered)`,
      text: templateYaml(template) + valuesText(valuesOf(template, parameters)),
    },
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
