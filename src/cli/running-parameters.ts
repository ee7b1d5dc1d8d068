/** Owns the launch parameters of a cluster that runs: from its stack's values, and from what is written into its template. */
import { PARAMETERS, type Parameters, withParameter } from '../cluster/parameters.ts';
import type { Stack } from '../cluster/ports.ts';
import { templateChoices } from '../cluster/template-choices.ts';

/** What the stack and its template (as it was sent) say; what neither says is left out. */
export function runningParameters(stack: Stack, body: string): Partial<Parameters> {
  let parameters: Partial<Parameters> = { ...templateChoices(body) };
  for (const spec of PARAMETERS) {
    const text = spec.template === null ? undefined : stack.parameters[spec.template];
    if (text !== undefined && spec.check(text, parameters).ok)
      parameters = withParameter(parameters as Parameters, spec.key, text);
  }
  return { ...parameters, name: stack.name };
}
