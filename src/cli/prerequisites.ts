/** Owns the article's prerequisites on this computer as `kubecore check` tells them: kubecore itself needs none of them. */
import type { ChosenBackend } from './backend.ts';
import type { TellableCheck } from './preflighting.ts';

const VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_DEFAULT_REGION'] as const;

/** Tools and environment variables; of the secrets only whether they are set. */
export async function prerequisites(
  { local, kind }: ChosenBackend,
  signal?: AbortSignal,
): Promise<TellableCheck> {
  const tools = await Promise.all(
    (['aws', 'jq'] as const).map(async (name) => {
      const found = await local.tool(name, signal);
      return found === null ? `no ${name}` : `${name} ${found.version}`;
    }),
  );
  const set = VARIABLES.filter((name) => local.env(name));
  const unset = VARIABLES.filter((name) => !local.env(name));
  const variables = [
    ...(set.length > 0 ? [`${set.join(', ')} set`] : []),
    ...(unset.length > 0 ? [`${unset.join(', ')} not set`] : []),
  ];
  const instead =
    unset.length === 0
      ? ''
      : kind === 'sandbox'
        ? ': the sandbox needs none'
        : ': the profile or a role may give them';
  return {
    check: 'prerequisites',
    title: 'Computer',
    state: 'ok',
    found: `${tools.join(', ')} (kubecore needs neither); ${variables.join('; ')}${instead}`,
    next: null,
    parameter: null,
    error: null,
  };
}
