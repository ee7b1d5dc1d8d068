/** Owns STS: who the credentials belong to, and what an encoded refusal says. */
import { DecodeAuthorizationMessageCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Identity } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { ClientSetup } from './client-config.ts';
import { plain } from './text.ts';

export interface Sts {
  identity(signal?: AbortSignal): Promise<Identity>;
  /** EC2's encoded authorization message in a few words; null when these credentials may not read it. */
  decode(encoded: string): Promise<string | null>;
}

export function createSts({ sdk, asked }: ClientSetup): Sts {
  const client = new STSClient(sdk);
  return {
    async identity(signal) {
      const answer = await call(
        { what: 'AWS did not say whose credentials these are', action: 'sts:GetCallerIdentity' },
        asked,
        signal,
        (options) => client.send(new GetCallerIdentityCommand({}), options),
      );
      return { account: answer.Account ?? '', arn: answer.Arn ?? '', userId: answer.UserId ?? '' };
    },
    async decode(encoded) {
      try {
        const answer = await client.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }));
        return describeDenial(answer.DecodedMessage ?? '');
      } catch {
        // Reading the refusal is a right of its own; without it the plain refusal has to do.
        return null;
      }
    },
  };
}

/** The decoded message (JSON) as `ec2:RunInstances on RESOURCE: allowed by no policy`, null when it is something else. */
export function describeDenial(decoded: string): string | null {
  try {
    const { explicitDeny, context } = JSON.parse(decoded);
    if (typeof context?.action !== 'string') return null;
    const on = typeof context.resource === 'string' ? ` on ${context.resource}` : '';
    return plain(
      `${context.action}${on}: ${explicitDeny === true ? 'denied by a policy' : 'allowed by no policy'}`,
    );
  } catch {
    return null;
  }
}
