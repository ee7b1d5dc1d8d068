/** Owns the import of the SDK's credential chain, which is large: loaded only when real credentials are looked for. */
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';

const nothing = () => {};

/** The chain would warn on the console, across the screen. */
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Environment, profile (SSO, role, process), web identity, container and instance roles; with `profile`, that one alone. */
export function credentialChain(profile: string | undefined, region: string) {
  return fromNodeProviderChain({
    clientConfig: { region },
    logger: SILENT,
    ...(profile === undefined ? {} : { profile }),
  });
}
