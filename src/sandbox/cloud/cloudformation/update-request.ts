/** Owns reading what a request wants a stack to be: template, values, tags; and whether a stack can be changed now. */
import { validationError } from '../aws-error.ts';
import type { Params } from '../params.ts';
import type { StackState } from '../state.ts';
import { resolve } from './functions.ts';
import { resolveParameters } from './parameters.ts';
import { includedResources, type StackStep, scopeOf, templateOf } from './stack.ts';
import type { Template } from './template.ts';
import type { UpdateRequest } from './update.ts';

export function readTags(params: Params): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const tag of params.items('Tags')) {
    const key = tag.text('Key') ?? '';
    if (key.startsWith('aws:'))
      throw validationError('aws: prefixed tag key names are not allowed for external use.');
    tags[key] = tag.text('Value') ?? '';
  }
  return tags;
}

export function templateBody(params: Params): string {
  if (params.has('TemplateURL'))
    throw validationError('The sandbox has no S3: send the template itself (TemplateBody).');
  const body = params.text('TemplateBody');
  if (!body) throw validationError('Either Template URL or Template Body must be specified.');
  return body;
}

export function readParameters(
  params: Params,
  previous: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const given: Record<string, string> = {};
  for (const parameter of params.items('Parameters')) {
    const key = parameter.text('ParameterKey') ?? '';
    if (key in given) throw validationError(`Duplicate parameter key: ${key}`);
    if (parameter.flag('UsePreviousValue')) {
      const value = previous[key];
      if (value === undefined)
        throw validationError(
          `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
        );
      given[key] = value;
    } else {
      given[key] = parameter.text('ParameterValue') ?? '';
    }
  }
  return given;
}

/** Resolves everything once with stand-ins for what is not made yet, so that a bad map or function is refused at once. */
export function rehearse(step: StackStep, template: Template): void {
  const scope = {
    ...scopeOf(step, template),
    ref: (id: string) => id,
    attribute: (id: string, name: string) => `${id}.${name}`,
  };
  for (const resource of includedResources(template, scope)) resolve(resource.properties, scope);
  for (const output of Object.values(template.outputs)) resolve(output.value, scope);
}

/** Refuses a stack that is not at rest, or was never whole. */
export function changeable(stack: StackState): void {
  if (!/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status))
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}

/** What UpdateStack and CreateChangeSet ask for, checked; what they do not name stays. */
export function readUpdate(step: StackStep, params: Params): UpdateRequest {
  const { stack } = step;
  const body = params.flag('UsePreviousTemplate') ? stack.templateBody : templateBody(params);
  const template = templateOf(body);
  const parameters = resolveParameters(template, readParameters(params, stack.parameters));
  const tags = params.has('Tags') ? readTags(params) : stack.tags;
  rehearse({ ...step, stack: { ...stack, parameters } }, template);
  return { templateBody: body, parameters, tags };
}
