/** Owns the command line that does without the wizard what its answers say. */
import {
  appliesTo,
  defaultsFor,
  PARAMETERS,
  type Parameters,
  parameterText,
} from '../../cluster/parameters.ts';
import { quoted } from './words.ts';

/**
 * The words of `kubecore up …`, quoted for a POSIX shell: the name, whatever is not the default here, the backend's own
 * flags. `identityFile` is named only when nothing would find it where it is.
 */
export function equivalentCommand(
  parameters: Parameters,
  defaults: Parameters,
  backendFlags: readonly string[],
  identityFile: string | null,
): readonly string[] {
  const { blueprint } = parameters;
  // The command has the size of the blueprint by itself, but the blueprint must be said.
  const untold = { ...defaults, ...defaultsFor(blueprint), blueprint: defaults.blueprint };
  const flags = PARAMETERS.filter(({ key }) => appliesTo(key, blueprint)).flatMap((spec) => {
    const text = parameterText(parameters, spec.key);
    const wanted = spec.key === 'name' || text !== parameterText(untold, spec.key);
    // One word a flag and its value, so that a line is never broken between them.
    return wanted && text !== '' ? [`--${spec.flag} ${quoted(text)}`] : [];
  });
  const identity = identityFile === null ? [] : [`--identity ${quoted(identityFile)}`];
  return ['kubecore up', ...flags, ...identity, ...backendFlags.map(quoted), '--yes'];
}
