/** Owns what `kubecore render` was asked for: which thing, of which blueprint and role, written how. Names come with the nearest right one. */
import { inputError } from '../cluster/errors.ts';
import type { BlueprintName, Role } from '../cluster/model.ts';
import { nearest } from '../cluster/parameters.ts';
import type { Form } from '../render/template.ts';
import type { OutputFormat } from './io.ts';

const THINGS = ['template', 'cloud-config', 'unit'] as const;
const BLUEPRINTS: readonly BlueprintName[] = ['single', 'fleet', 'kubernetes'];
const ROLES: readonly Role[] = ['master', 'minion'];
const FORMATS = ['yaml', 'json'] as const;

export type RenderChoice = {
  readonly blueprint: BlueprintName;
  readonly form: Form;
  /** null: as the thing is, YAML or a unit file; `json` and `yaml` are for programs to read. */
  readonly format: 'json' | 'yaml' | null;
} & (
  | { readonly thing: 'template' }
  | { readonly thing: 'cloud-config'; readonly role: Role }
  | { readonly thing: 'unit'; readonly name: string; readonly role: Role | null }
);

function oneOf<Word extends string>(what: string, typed: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === typed);
  if (found !== undefined) return found;
  throw inputError(
    `there is no ${what} "${typed}"`,
    `there are ${words.join(', ')}`,
    `did you mean ${nearest(typed, words)}?`,
  );
}

/**
 * Reads arguments and flags; without an argument, the template, or the cloud-config of a blueprint that has no template.
 * @throws KubecoreError (input) for an unknown word, or words that do not go together
 */
export function renderChoice(
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  output: OutputFormat,
): RenderChoice {
  const typed = (name: string): string | null => {
    const value = flags[name];
    return typeof value === 'string' ? value : null;
  };
  const optional = <Word extends string>(name: string, words: readonly Word[]): Word | null => {
    const value = typed(name);
    return value === null ? null : oneOf(name, value, words);
  };
  const blueprint = optional('blueprint', BLUEPRINTS) ?? 'kubernetes';
  const role = optional('role', ROLES);
  const format = optional('format', FORMATS) ?? (output === 'text' ? null : output);
  const [word, name, ...excess] = args;
  const thing =
    word === undefined
      ? blueprint === 'kubernetes'
        ? 'template'
        : 'cloud-config'
      : oneOf('thing to render called', word, THINGS);
  const more = thing === 'unit' ? excess[0] : name;
  if (more !== undefined)
    throw inputError(`"${more}" is one word too many`, `a ${thing} takes none more`, 'leave it out');
  if (role !== null && (thing === 'template' || blueprint !== 'kubernetes'))
    throw inputError(
      `--role ${role} cannot be used here`,
      thing === 'template'
        ? 'the template has both roles in it'
        : `the nodes of the blueprint ${blueprint} are all alike`,
      'leave it out, or kubecore render cloud-config --role ROLE',
    );
  const form: Form = flags.asPublished === true ? 'published' : 'default';
  const common = { blueprint, form, format };
  switch (thing) {
    case 'template':
      if (blueprint !== 'kubernetes')
        throw inputError(
          `the blueprint ${blueprint} has no template`,
          'the article launches it with run-instances and a cloud-config',
          `kubecore render cloud-config --blueprint ${blueprint}`,
        );
      return { ...common, thing };
    case 'cloud-config':
      return { ...common, thing, role: role ?? 'master' };
    case 'unit':
      if (name === undefined)
        throw inputError(
          'which unit to render is not said',
          'a unit goes by its name',
          'kubecore render unit NAME, such as flannel.service',
        );
      return { ...common, thing, name, role };
  }
}
