/**
 * Owns what a change set says: which resources an update would add, change, replace or remove, and by what. What hangs on
 * another resource's change is not known before: it is Dynamic, and a replacement by it Conditional, as in CloudFormation.
 */
import type { ChangeDetail, ResourceChangeState, StackResourceState, StackState } from '../state.ts';
import { resolveObject } from './functions.ts';
import type { Json, JsonObject } from './parse.ts';
import { includedResources, type StackStep, scopeOf, templateOf } from './stack.ts';
import type { TemplateResource } from './template.ts';
import { typeNamed } from './types/index.ts';
import { same } from './update.ts';

/** CloudFormation's own words for a value that only the update will tell. */
const LATER = '{{changeSet:KNOWN_AFTER_APPLY}}';

type Affected = ReadonlyMap<string, ResourceChangeState>;

/** What an update of the stack to this template, with these values and tags, would do. Changes nothing. */
export function changesOf(
  step: StackStep,
  wanted: Pick<StackState, 'templateBody' | 'parameters' | 'tags'>,
): ResourceChangeState[] {
  const { stack } = step;
  const template = templateOf(wanted.templateBody);
  const next: StackStep = { ...step, stack: { ...stack, ...wanted } };
  const included = includedResources(template, scopeOf(next, template));
  const retagged = !same(wanted.tags, stack.tags);
  const affected = new Map<string, ResourceChangeState>();
  // A resource comes after those that it refers to: theirs decide about it.
  for (const one of inOrder(included)) {
    const have = stack.resources.find(({ logicalId }) => logicalId === one.logicalId);
    const change = have ? changeOf(next, one, have, affected, retagged) : added(one);
    if (change !== null) affected.set(one.logicalId, change);
  }
  const removed = stack.resources.filter(
    (have) => !included.some(({ logicalId }) => logicalId === have.logicalId),
  );
  const order = [...included.map(({ logicalId }) => logicalId)];
  return [
    ...order.flatMap((logicalId) => affected.get(logicalId) ?? []),
    ...removed.map((have): ResourceChangeState => ({ ...bare(have), action: 'Remove' })),
  ];
}

/** Dependencies first. The template was checked to have no circle. */
function inOrder(resources: readonly TemplateResource[]): TemplateResource[] {
  const ordered: TemplateResource[] = [];
  const visit = (one: TemplateResource): void => {
    if (ordered.includes(one)) return;
    for (const id of one.dependsOn) {
      const dependency = resources.find(({ logicalId }) => logicalId === id);
      if (dependency) visit(dependency);
    }
    ordered.push(one);
  };
  for (const one of resources) visit(one);
  return ordered;
}

const bare = ({
  logicalId,
  type,
  physicalId,
}: Pick<StackResourceState, 'logicalId' | 'type' | 'physicalId'>) => ({
  logicalId,
  type,
  physicalId,
  replacement: null,
  scope: [],
  details: [],
});

const added = ({ logicalId, type }: TemplateResource): ResourceChangeState => ({
  ...bare({ logicalId, type, physicalId: null }),
  action: 'Add',
});

function changeOf(
  step: StackStep,
  wanted: TemplateResource,
  have: StackResourceState,
  affected: Affected,
  retagged: boolean,
): ResourceChangeState | null {
  const type = typeNamed(wanted.type);
  const before = (have.properties ?? {}) as JsonObject;
  const after = foreseen(step, wanted, affected);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !same(before[name], after[name]),
  );
  const details = names.map((name): ChangeDetail => {
    const always = !type.update || type.replacedOn.includes(name);
    const dynamic = JSON.stringify(after[name] ?? null).includes(LATER);
    return {
      attribute: name === 'Tags' ? 'Tags' : 'Properties',
      name: name === 'Tags' ? null : name,
      requiresRecreation: always ? 'Always' : 'Never',
      evaluation: dynamic ? 'Dynamic' : 'Static',
      ...causeOf(wanted.properties[name] ?? null, step, affected),
      before: before[name] === undefined ? null : shown(before[name]),
      after: after[name] === undefined ? null : shown(after[name]),
    };
  });
  // The stack's tags reach what can be tagged in place.
  if (retagged && type.update && !details.some(({ attribute }) => attribute === 'Tags'))
    details.push({
      attribute: 'Tags',
      name: null,
      requiresRecreation: 'Never',
      evaluation: 'Static',
      source: 'DirectModification',
      causedBy: null,
      before: null,
      after: null,
    });
  if (details.length === 0) return null;
  const recreating = details.filter(({ requiresRecreation }) => requiresRecreation === 'Always');
  return {
    ...bare(have),
    action: 'Modify',
    replacement: recreating.some(({ evaluation }) => evaluation === 'Static')
      ? 'True'
      : recreating.length > 0
        ? 'Conditional'
        : 'False',
    scope: [...new Set(details.map(({ attribute }) => attribute))],
    details,
  };
}

/** The properties as far as they can be told now. */
function foreseen(step: StackStep, wanted: TemplateResource, affected: Affected): JsonObject {
  const template = templateOf(step.stack.templateBody);
  const scope = scopeOf(step, template);
  return resolveObject(wanted.properties, {
    ...scope,
    ref: (id) => (mayBeAnother(affected.get(id)) ? LATER : scope.ref(id)),
    attribute: (id, name) => (affected.has(id) ? LATER : scope.attribute(id, name)),
  });
}

/** A Ref changes only with the physical resource. */
const mayBeAnother = (change: ResourceChangeState | undefined): boolean =>
  change !== undefined && change.replacement !== 'False';

/** What in the template makes a property change: the first reference in it that does. */
function causeOf(raw: Json, step: StackStep, affected: Affected): Pick<ChangeDetail, 'source' | 'causedBy'> {
  for (const { kind, id, attribute } of references(raw)) {
    if (kind === 'attribute' && affected.has(id))
      return { source: 'ResourceAttribute', causedBy: `${id}.${attribute}` };
    if (kind === 'ref' && mayBeAnother(affected.get(id)))
      return { source: 'ResourceReference', causedBy: id };
  }
  const parameter = references(raw).find(
    ({ kind, id }) => kind === 'ref' && id in step.stack.parameters && changed(step, id),
  );
  return parameter
    ? { source: 'ParameterReference', causedBy: parameter.id }
    : { source: 'DirectModification', causedBy: null };
}

const changed = ({ region, stack }: StackStep, parameter: string): boolean =>
  region.stacks[stack.id]?.parameters[parameter] !== stack.parameters[parameter];

interface Reference {
  readonly kind: 'ref' | 'attribute';
  readonly id: string;
  readonly attribute: string;
}

/** Ref and Fn::GetAtt of a value, in its order. */
function references(value: Json): Reference[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(references);
  const { Ref, 'Fn::GetAtt': get } = value;
  if (typeof Ref === 'string') return [{ kind: 'ref', id: Ref, attribute: '' }];
  if (get !== undefined && get !== null) {
    const [id = '', attribute = ''] = Array.isArray(get) ? get.map(String) : String(get).split('.');
    return [{ kind: 'attribute', id, attribute }];
  }
  return Object.values(value).flatMap(references);
}

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
