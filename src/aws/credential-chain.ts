/** Owns the import of the SDK's credential chain, which is large: loaded only when real credentials are looked for. */
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';

/** Environment, profile (SSO, role, process), web identity, container and instance roles; with `profile`, that one alone. */
export function credentialChain(profile: string | undefined, region: string) {
  return fromNodeProviderChain({
    clientConfig: { region },
    ...(profile === undefined ? {} : { profile }),
  });
}
