/** Owns how the SDK's clients are set up: region, credentials, endpoint, retries and timeouts, alike for all of them. */
import type { Asked } from './error-meanings.ts';

export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Timeouts {
  /** To connect. Default 4,000 ms. */
  readonly connectMs?: number;
  /** For one try of one request, answer included. Default 15,000 ms. */
  readonly requestMs?: number;
}

export interface ClientOptions {
  readonly region: string;
  /** Default: the SDK's standard chain (environment, profile, SSO, process, web identity, container, instance). */
  readonly credentials?: StaticCredentials | (() => Promise<StaticCredentials>);
  readonly profile?: string;
  /** Default: AWS's, or what AWS_ENDPOINT_URL or the profile's endpoint_url say (the SDK reads those itself). */
  readonly endpoint?: string;
  readonly timeouts?: Timeouts;
  /** Tries of one request, the first included. Default 5: with the standard backoff, seconds of throttling are ridden out. */
  readonly attempts?: number;
  /** Told of every call: the SDK's own log, which holds whole inputs; whoever keeps it takes the secrets out. */
  readonly logger?: SdkLogger;
}

/** As the SDK's clients take it. */
export interface SdkLogger {
  debug(...content: unknown[]): void;
  info(...content: unknown[]): void;
  warn(...content: unknown[]): void;
  error(...content: unknown[]): void;
}

/** What every client is made from, and what its errors are explained with. */
export interface ClientSetup {
  readonly sdk: ReturnType<typeof sdkConfig>;
  readonly asked: Asked;
}

/** One setup for all clients of a cloud, so that credentials are looked for once. */
export function clientSetup(options: ClientOptions, decode: NonNullable<Asked['decode']>): ClientSetup {
  return {
    sdk: sdkConfig(options),
    asked: { region: options.region, profile: options.profile ?? null, decode },
  };
}

/** For what may stay unknown: nobody waits long for its answer. */
export function hasty(sdk: ClientSetup['sdk']): ClientSetup['sdk'] {
  const { requestHandler, maxAttempts } = sdk;
  return {
    ...sdk,
    maxAttempts: Math.min(2, maxAttempts),
    requestHandler: { ...requestHandler, requestTimeout: Math.min(6_000, requestHandler.requestTimeout) },
  };
}

function sdkConfig(options: ClientOptions) {
  return {
    region: options.region,
    credentials: options.credentials ?? standardChain(options),
    retryMode: 'standard',
    maxAttempts: options.attempts ?? 5,
    requestHandler: {
      connectionTimeout: options.timeouts?.connectMs ?? 4_000,
      requestTimeout: options.timeouts?.requestMs ?? 15_000,
      throwOnRequestTimeout: true,
    },
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  };
}

/** The SDK's own chain, loaded when credentials are first needed and shared by the clients. */
function standardChain({ profile, region }: ClientOptions): () => Promise<StaticCredentials> {
  let chain: Promise<() => Promise<StaticCredentials>> | undefined;
  return async () => {
    chain ??= import('./credential-chain.ts').then(({ credentialChain }) => credentialChain(profile, region));
    return (await chain)();
  };
}
