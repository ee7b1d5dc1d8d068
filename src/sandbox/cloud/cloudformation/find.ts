/** Owns finding stacks by name or id, and CloudFormation's paging. */
import { validationError } from '../aws-error.ts';
import type { Params } from '../params.ts';
import type { CloudRegion, StackState } from '../state.ts';

/** By ARN any stack, by name only one that is not deleted. */
export function findStack(region: CloudRegion, nameOrId: string): StackState | undefined {
  return (
    region.stacks[nameOrId] ??
    Object.values(region.stacks).find(
      (stack) => stack.name === nameOrId && stack.status !== 'DELETE_COMPLETE',
    )
  );
}

/** The stack that `StackName` means. */
export function namedStack(
  region: CloudRegion,
  params: Params,
  missing: (name: string) => string = (name) => `Stack with id ${name} does not exist`,
): StackState {
  const name = params.text('StackName');
  if (!name)
    throw validationError(
      "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
    );
  const stack = findStack(region, name);
  if (!stack) throw validationError(missing(name));
  return stack;
}

/** One page, and the token of the next. */
export function paged<T>(
  items: readonly T[],
  params: Params,
  size: number,
): { items: T[]; next: string | undefined } {
  const token = params.text('NextToken');
  const from = token ? Number(Buffer.from(token, 'base64url').toString()) : 0;
  if (!Number.isInteger(from) || from < 0 || from > items.length)
    throw validationError(`NextToken [${token}] is not valid`);
  const to = from + size;
  return {
    items: items.slice(from, to),
    next: to < items.length ? Buffer.from(String(to)).toString('base64url') : undefined,
  };
}
