/** Owns `kubecore render`: what a launch would send, printed and not sent. */
import { inputError } from '../../cluster/errors.ts';
import { AMI_BY_REGION, nearest } from '../../cluster/parameters.ts';
import { cloudConfig, launchTemplate, publishedTemplate, templateYaml } from '../../render/template.ts';
import type { Context } from '../context.ts';
import { readParameters } from '../parameter-options.ts';

const THINGS = ['template', 'cloud-config'];

export async function render(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<undefined> {
  const what = args[0] ?? 'template';
  if (!THINGS.includes(what))
    throw inputError(
      `"${what}" cannot be rendered`,
      `there are ${THINGS.join(' and ')}`,
      `did you mean ${nearest(what, THINGS)}?`,
    );
  const parameters = readParameters(flags);
  if (what === 'cloud-config') {
    await context.io.out(cloudConfig(flags.role === 'minion' ? 'minion' : 'master', parameters));
    return;
  }
  const { env, options } = context;
  const region =
    options.region ??
    env.AWS_REGION ??
    env.AWS_DEFAULT_REGION ??
    Object.keys(AMI_BY_REGION).find((name) => name === 'us-east-1') ??
    '';
  const template = flags.asPublished === true ? publishedTemplate() : launchTemplate(parameters, region);
  await context.io.out(
    flags.format === 'json' || context.io.format === 'json'
      ? `${JSON.stringify(template, null, 2)}\n`
      : templateYaml(template),
  );
}
