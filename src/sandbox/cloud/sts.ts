/** Owns STS: who the caller is. Everyone is the sandbox account's user `sandbox`. */
import { callerArn } from './fault-state.ts';
import type { Actions } from './request.ts';

export const stsActions: Actions = {
  GetCallerIdentity: ({ world }) => ({
    Arn: callerArn(world),
    UserId: 'AIDASANDBOXKUBECORE01',
    Account: world.account,
  }),
};
