/** Owns what doctor finds of AWS: which credentials, from where, and whether what a launch talks to can be reached. */
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { CHECKIP_URL } from '../../aws/caller-address.ts';
import { asKubecoreError } from '../../cluster/errors.ts';
import { DEFAULTS } from '../../cluster/parameters.ts';
import { awsBackend, type ChosenBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { findCluster } from '../target.ts';
import { absent, type Finding, ok } from './finding.ts';
import { reach } from './reach.ts';

/** How long AWS may take to answer. */
const PATIENCE_MS = 8_000;

/** Where the credentials are is told, never what they are. */
export async function aws(context: Context): Promise<Finding[]> {
  const { env, options, guards } = context;
  const place =
    options.profile !== undefined
      ? `profile ${options.profile}`
      : env.AWS_ACCESS_KEY_ID
        ? 'the environment (AWS_ACCESS_KEY_ID)'
        : env.AWS_PROFILE
          ? `profile ${env.AWS_PROFILE} (AWS_PROFILE)`
          : (await there(path.join(homedir(), '.aws', 'credentials'))) ||
              (await there(path.join(homedir(), '.aws', 'config')))
            ? '~/.aws'
            : 'nowhere on this computer';
  let backend: ChosenBackend;
  try {
    backend = await awsBackend(context);
  } catch (thrown) {
    if (guards.signal.aborted) throw thrown;
    const error = asKubecoreError(thrown);
    return [absent('AWS region', error.why, error.next), credentials(`not asked; ${place}`, null)];
  }
  const region = ok('AWS region', backend.region);
  const signal = AbortSignal.any([guards.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const [identity, reached] = await Promise.all([
    backend.cloud.identity(signal).then(
      ({ arn }) => ok('AWS credentials', `${arn}, from ${place}`),
      (thrown: unknown) => {
        if (guards.signal.aborted) throw thrown;
        const error = asKubecoreError(thrown);
        const why = signal.aborted ? `no answer within ${PATIENCE_MS / 1000} s` : error.why;
        return credentials(`${why} (looked at: ${place})`, error.next);
      },
    ),
    reachability(context, backend),
  ]);
  // Without credentials nobody can say where the masters are.
  const masters = identity.state === 'ok' ? await mastersOf(backend, signal) : [];
  return [region, identity, ...reached, ...masters];
}

/** What a launch talks to: AWS, the service that tells this computer's address, the discovery service. */
async function reachability({ env, settings }: Context, backend: ChosenBackend): Promise<Finding[]> {
  const discovery =
    settings.entries.find(({ setting }) => setting.key === 'discovery-service')?.text ??
    DEFAULTS.discoveryService;
  const places: readonly (readonly [what: string, url: string])[] = [
    ['AWS', env.AWS_ENDPOINT_URL ?? `https://cloudformation.${backend.region}.amazonaws.com`],
    ...(env.AWS_ENDPOINT_URL ? [] : [['own address', CHECKIP_URL] as const]),
    ['etcd discovery', discovery],
  ];
  return Promise.all(
    places.map(async ([what, text]) => {
      const url = new URL(text);
      const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
      const answer = await reach(url.hostname, port);
      return 'ms' in answer
        ? ok(`reach ${what}`, `${url.host} in ${answer.ms} ms`)
        : absent(`reach ${what}`, `${url.host}: ${answer.why}`, NEXT[what] ?? null);
    }),
  );
}

const NEXT: Readonly<Record<string, string>> = {
  AWS: 'look at the network, a firewall, or AWS_ENDPOINT_URL; --sandbox needs none of it',
  'own address': 'give --allow-ssh-from yourself',
  'etcd discovery': 'give another with --discovery-service, or a --discovery-url of your own etcd',
};

/** The masters of the clusters that were launched from here. */
async function mastersOf(backend: ChosenBackend, signal: AbortSignal): Promise<Finding[]> {
  const known = (await backend.records.all()).filter(({ region }) => region === backend.region);
  return Promise.all(
    known.map(async ({ name }) => {
      const check = `reach ${name}`;
      const found = await findCluster(backend, name, signal, { anyState: true }).catch(() => null);
      const address = found?.master?.address;
      if (address === undefined)
        return absent(check, 'it has no master that runs', `kubecore events ${name} tells why`);
      const answer = await reach(address, 22);
      return 'ms' in answer
        ? ok(check, `its master ${address} takes SSH connections, in ${answer.ms} ms`)
        : absent(
            check,
            `its master ${address}: ${answer.why}`,
            'its security group may allow SSH from another address than yours now: kubecore change --allow-ssh-from CIDR',
          );
    }),
  );
}

/** Without AWS the sandbox and --host still work. */
const credentials = (found: string, next: string | null): Finding => absent('AWS credentials', found, next);

const there = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
