/** Owns the command line that does without the wizard what its answers say. */
import { PARAMETERS, type Parameters, parameterText } from '../../cluster/parameters.ts';
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
  const flags = PARAMETERS.flatMap((spec) => {
    const text = parameterText(parameters, spec.key);
    const wanted = spec.key === 'name' || text !== parameterText(defaults, spec.key);
    // One word a flag and its value, so that a line is never broken between them.
    return wanted && text !== '' ? [`--${spec.flag} ${quoted(text)}`] : [];
  });
  const identity = identityFile === null ? [] : [`--identity ${quoted(identityFile)}`];
  return ['kubecore up', ...flags, ...identity, ...backendFlags.map(quoted), '--yes'];
}
