/** Owns `kubecore render`: what a launch would send and every file of the article, printed and not sent. */
import { parse, stringify } from 'yaml';
import { EXIT, inputError } from '../../cluster/errors.ts';
import { DEFAULTS, PARAMETERS, type Parameters } from '../../cluster/parameters.ts';
import {
  checkSizes,
  cloudConfig,
  launchTemplate,
  publishedTemplate,
  renderTemplate,
  templateYaml,
  unitFile,
} from '../../render/template.ts';
import { createTheme } from '../../ui/theme.ts';
import type { Context } from '../context.ts';
import { readParameters } from '../parameter-options.ts';
import { type RenderChoice, renderChoice } from '../render-choice.ts';
import { coloured, type Language } from '../render-color.ts';
import { diffWithRunning } from '../render-running.ts';

/** Where a template is rendered for when nothing says where: the article's own region. */
const REGION = 'us-east-1';

interface Rendered {
  readonly text: string;
  readonly language: Language;
}

export async function render(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io } = context;
  const choice = renderChoice(args, flags, io.format);
  // The other parameters' flags allow the blueprints that can be launched; rendering knows all of them.
  const { blueprint: _, ...rest } = flags;
  if (flags.diff === true) return showDiff(context, choice, rest);
  const parameters = readParameters(rest, { blueprint: choice.blueprint });
  const { text, language } = renderedThing(context, choice, parameters);
  await io.out(coloured(text, language, createTheme(io.color)));
  return EXIT.done;
}

async function showDiff(
  context: Context,
  choice: RenderChoice,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io } = context;
  if (choice.thing !== 'template')
    throw inputError(
      `a ${choice.thing} cannot be compared with what runs`,
      'a cluster is compared whole, in the form in which it was launched: a stack by its template, which holds the cloud-configs, a machine by its cloud-config',
      `leave out what names a part${flags.blueprint === undefined ? '' : ', and --blueprint'}: kubecore render --diff`,
    );
  const found = await diffWithRunning(context, flags, choice.form);
  if (choice.format === 'json') await io.out(json(found));
  else if (choice.format === 'yaml') await io.out(stringify(found));
  else await io.out(coloured(found.diff, 'diff', createTheme(io.color)));
  return found.differs ? EXIT.bad : EXIT.done;
}

function renderedThing(context: Context, choice: RenderChoice, parameters: Parameters): Rendered {
  const data = (value: unknown): Rendered =>
    choice.format === 'json'
      ? { text: json(value), language: 'json' }
      : { text: stringify(value), language: 'yaml' };
  switch (choice.thing) {
    case 'template': {
      if (choice.form === 'published') noteUnused(context, parameters);
      // Refuses what AWS would refuse of it.
      else renderTemplate(parameters, regionOf(context));
      const template =
        choice.form === 'published' ? publishedTemplate() : launchTemplate(parameters, regionOf(context));
      return choice.format === 'json' ? data(template) : { text: templateYaml(template), language: 'yaml' };
    }
    case 'cloud-config': {
      const text = cloudConfig(choice.role, parameters, choice.form);
      checkSizes({ userData: { [choice.blueprint === 'kubernetes' ? choice.role : 'node']: text } });
      return choice.format === 'json' ? data(parse(text)) : { text, language: 'yaml' };
    }
    case 'unit': {
      const { text, ...file } = unitFile(choice.name, parameters, choice.role, choice.form);
      return choice.format === null ? { text, language: 'unit' } : data({ ...file, content: text });
    }
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function regionOf({ options, env }: Context): string {
  return options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? REGION;
}

/** The published template is the article's whatever is asked: that must be said, not found out. */
function noteUnused(context: Context, parameters: Parameters): void {
  const unused = PARAMETERS.filter((spec) => parameters[spec.key] !== DEFAULTS[spec.key]);
  if (unused.length > 0)
    context.io.note(
      `--as-published prints the article's template unchanged: ${unused.map((spec) => `--${spec.flag}`).join(', ')} not used`,
    );
}
