/** Owns what a launch would send as the preflight looks at it: image, template, and the sizes that AWS limits. */
import type { Parameters } from '../cluster/parameters.ts';
import type { Outgoing } from '../cluster/preflight-contract.ts';
import { LIMITS } from './sizes.ts';
import { cloudConfig, imageFor, launchTemplate } from './template.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** What `parameters` would send to `region`. Rendered when it is asked for; too big is told here, not thrown. */
export function outgoing(parameters: Parameters, region: string): Outgoing {
  const stack = parameters.blueprint === 'kubernetes';
  const templateBody = (): string => JSON.stringify(launchTemplate(parameters, region));
  const userData = stack
    ? (['master', 'minion'] as const).map((role) => [`${role}'s user data`, role] as const)
    : [['user data', 'master'] as const];
  return {
    imageId: () => imageFor(parameters, region),
    templateBody: () => (stack ? templateBody() : null),
    sizes: () => [
      ...userData.map(([what, role]) => ({
        what,
        bytes: bytes(cloudConfig(role, parameters)),
        limit: LIMITS.userData,
      })),
      ...(stack ? [{ what: 'template', bytes: bytes(templateBody()), limit: LIMITS.templateBody }] : []),
    ],
  };
}
