/**
 * Owns the one choice between AWS and the sandbox, and what hangs on it: the cloud, how an address is reached, where
 * records and keys are kept.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import type { SdkLogger } from '../aws/client-config.ts';
import { createCloud, resolveRegion } from '../aws/cloud.ts';
import { KubecoreError } from '../cluster/errors.ts';
import type { Cloud, Local } from '../cluster/ports.ts';
import type { Backend } from '../ui/services.ts';
import type { Context } from './context.ts';
import { awsLogger } from './debug-log.ts';
import { createLocal } from './local.ts';
import { type ClusterRecords, clusterRecords } from './state.ts';
import { sandboxDirectory } from './state-directory.ts';
import { systemClock, systemRandom } from './system.ts';
import { unlocked } from './unlocked.ts';

/** Where the sandbox's clusters live when no --region is given. */
const SANDBOX_REGION = 'us-east-1';

export interface ChosenBackend extends Backend {
  readonly local: Local;
  readonly records: ClusterRecords;
  /** An instance's address as this computer dials it: the sandbox's hosts listen on loopback ports. */
  readonly addressMap: ((address: string) => Promise<{ host: string; port: number } | null>) | null;
  /** The same cloud in another region. */
  readonly inRegion: (region: string) => Cloud;
  /** How often a stack is asked for its events: the sandbox's time runs faster. */
  readonly polling: { readonly minMs: number; readonly maxMs: number };
}

/** The backend that the global options name. */
export async function chooseBackend(context: Context): Promise<ChosenBackend> {
  return context.options.sandbox || context.env.KUBECORE_SANDBOX === '1'
    ? sandboxBackend(context)
    : awsBackend(context);
}

/** Real AWS: credentials by the SDK's standard chain, asked for when first needed. */
export async function awsBackend(context: Context): Promise<ChosenBackend> {
  const { options, env, stateDir } = context;
  const region = await resolveRegion({
    ...(options.region === undefined ? {} : { flag: options.region }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    env,
  });
  const inRegion = (there: string): Cloud =>
    createCloud({
      region: there,
      clock: systemClock,
      random: systemRandom,
      ...logged(context),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
    });
  return {
    kind: 'aws',
    region,
    flags: [
      ...(options.profile === undefined ? [] : ['--profile', options.profile]),
      ...(options.region === undefined ? [] : ['--region', options.region]),
    ],
    defaults: {},
    cloud: inRegion(region),
    inRegion,
    local: awsLocal(context),
    records: clusterRecords(stateDir, 'aws'),
    addressMap: null,
    polling: { minMs: 1000, maxMs: 4000 },
  };
}

/** This computer as a launch on AWS uses it: keys are kept where ssh's users keep them. */
export function awsLocal(context: Context): Local {
  const { env } = context;
  const home = homedir();
  return createLocal({
    env,
    keyDirectory: path.join(home, '.ssh'),
    cwd: process.cwd(),
    home,
    agent: env.SSH_AUTH_SOCK ?? null,
    unlocked: unlocked(context),
  });
}

/** The sandbox: the same clients, pointed at the process that simulates AWS and the hosts. */
export async function sandboxBackend(context: Context): Promise<ChosenBackend> {
  const { options, env, stateDir } = context;
  const { connectOrStartSandbox } = await import('./sandbox-process.ts');
  const client = await connectOrStartSandbox(context.host, stateDir);
  const info = await client.info();
  const region = options.region ?? SANDBOX_REGION;
  const inRegion = (there: string): Cloud =>
    createCloud({
      region: there,
      endpoint: info.endpoint,
      credentials: { accessKeyId: 'KUBECORESANDBOX', secretAccessKey: 'sandbox' },
      callerAddressUrl: info.callerAddressUrl,
      clock: systemClock,
      random: systemRandom,
      ...logged(context),
    });
  return {
    kind: 'sandbox',
    region,
    flags: ['--sandbox', ...(options.region === undefined ? [] : ['--region', options.region])],
    defaults: { discoveryService: info.discovery },
    cloud: inRegion(region),
    inRegion,
    // A simulated key has no business in ~/.ssh, nor may it be taken for a real one of the same name.
    local: createLocal({
      env,
      keyDirectory: path.join(sandboxDirectory(stateDir), 'keys'),
      cwd: null,
      home: homedir(),
      agent: env.SSH_AUTH_SOCK ?? null,
      unlocked: unlocked(context),
    }),
    records: clusterRecords(stateDir, 'sandbox'),
    addressMap: async (address) => {
      const there = (await client.hosts())[address];
      // A simulated address is never dialled for real: it may be somebody's.
      if (!there) throw notListening(address);
      return there;
    },
    polling: { minMs: 150, maxMs: 600 },
  };
}

/** The SDK's log, for --debug. */
const logged = ({ options, debug }: Context): { readonly logger?: SdkLogger } =>
  options.debug ? { logger: awsLogger(debug) } : {};

function notListening(address: string): KubecoreError {
  return new KubecoreError({
    what: `${address} does not answer`,
    why: 'the simulated host has no sshd yet, or is gone',
    next: 'it is tried again while a command or the console waits; kubecore status shows the cluster',
    fault: 'network',
    code: 'ECONNREFUSED',
  });
}
