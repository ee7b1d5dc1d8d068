/** Owns `kubecore iam-policy`: the rights that kubecore needs, as a policy to be given to a user or a role. */
import type { BlueprintName } from '../../cluster/model.ts';
import { BLUEPRINTS } from '../../cluster/parameters.ts';
import { iamPolicy as policyFor } from '../../cluster/permissions.ts';
import type { Context } from '../context.ts';

export async function iamPolicy(
  context: Context,
  _args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<undefined> {
  const only = BLUEPRINTS.find((blueprint) => blueprint === flags.blueprint);
  const blueprints: readonly BlueprintName[] = only === undefined ? BLUEPRINTS : [only];
  // JSON is what IAM takes, so it is what is printed unless YAML is asked for.
  await context.io.document(policyFor(blueprints));
}
