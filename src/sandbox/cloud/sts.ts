/** Owns STS: who the caller is. Everyone is the sandbox account's user `sandbox`. */
import type { Actions } from './request.ts';

export const stsActions: Actions = {
  GetCallerIdentity: ({ world }) => ({
    Arn: `arn:aws:iam::${world.account}:user/sandbox`,
    UserId: 'AIDASANDBOXKUBECORE01',
    Account: world.account,
  }),
};
