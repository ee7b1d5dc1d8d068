/**
 * Owns the preflight: everything that is asked of AWS before anything is created, all at once. Each check answers by
 * itself with what it found, and with what to do when that is not well. `up`, `check` and the review run this one.
 */
import { asKubecoreError } from './errors.ts';
import type { BlueprintName } from './model.ts';
import { launchNetwork } from './network.ts';
import { appliesTo } from './parameters.ts';
import { checkDiscovery, checkKeyPair, checkName, checkSshFrom } from './preflight-answers.ts';
import {
  type Answer,
  type Asking,
  CHECKS,
  type Check,
  type CheckName,
  type Findings,
  type PreflightOptions,
  refusal,
} from './preflight-contract.ts';
import { checkImage, checkNetwork, checkPrice, checkQuota, checkType } from './preflight-machines.ts';
import { checkIdentity, checkPermissions } from './preflight-rights.ts';
import { checkSizes, checkTemplate } from './preflight-sent.ts';

/** The checks that a blueprint has. */
export const checksOf = (blueprint: BlueprintName): readonly CheckName[] =>
  CHECKS.filter(
    (check) =>
      (check !== 'template' || blueprint === 'kubernetes') &&
      (check !== 'discovery' || appliesTo('discoveryUrl', blueprint)),
  );

/**
 * Runs all checks at once. `tell` hears each as it answers.
 * @throws the signal's reason as an error when it is aborted; a check that fails is an answer
 */
export async function runPreflight(
  options: PreflightOptions,
  tell: (check: Check) => void = () => {},
): Promise<Findings> {
  const { cloud, parameters, signal } = options;
  const asking: Asking = {
    ...options,
    identity: once(() => cloud.identity(signal)),
    network: once(() => launchNetwork(cloud, parameters, signal)),
  };
  let allowSshFrom: string | null = null;
  let discoveryUrl: string | null = appliesTo('discoveryUrl', parameters.blueprint) ? null : '';
  const asked: Record<CheckName, () => Promise<Answer>> = {
    identity: () => checkIdentity(asking),
    permissions: () => checkPermissions(asking),
    name: () => checkName(asking),
    type: () => checkType(asking),
    image: () => checkImage(asking),
    quota: () => checkQuota(asking),
    network: () => checkNetwork(asking),
    ssh: async () => {
      const { cidr, ...answer } = await checkSshFrom(asking);
      allowSshFrom = cidr;
      return answer;
    },
    key: () => checkKeyPair(asking),
    discovery: async () => {
      const { url, ...answer } = await checkDiscovery(asking);
      discoveryUrl = url;
      return answer;
    },
    template: () => checkTemplate(asking),
    sizes: () => checkSizes(asking),
    price: () => checkPrice(asking),
  };
  const checks = await Promise.all(
    checksOf(parameters.blueprint).map(async (check) => {
      const answered = await explained(await answerOf(check, asked[check]), asking);
      if (signal?.aborted) throw asKubecoreError(signal.reason);
      tell(answered);
      return answered;
    }),
  );
  return { checks, settled: { allowSshFrom, discoveryUrl } };
}

/** Asks when it is first needed, and only then. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}

async function answerOf(check: CheckName, ask: () => Promise<Answer>): Promise<Check> {
  try {
    return { check, state: 'ok', next: null, parameter: null, error: null, ...(await ask()) };
  } catch (thrown) {
    const error = asKubecoreError(thrown);
    if (error.fault === 'bug' || error.fault === 'interrupted') throw error;
    // What AWS or the network keeps to itself is not known to be wrong; without an account nothing can be launched.
    // A region or an endpoint that there is not is told once.
    const wrong =
      check === 'identity'
        ? error.code !== 'Throttling'
        : error.fault === 'input' && !['NoSuchRegion', 'BadEndpoint'].includes(error.code ?? '');
    const answer: Answer = wrong
      ? refusal(error)
      : { state: 'unchecked', found: error.why, next: error.next };
    return { check, state: 'failed', next: null, parameter: null, error: null, ...answer };
  }
}

/** Without an account, whatever AWS did not answer has that one reason, which its own check tells. */
async function explained(check: Check, { identity }: Asking): Promise<Check> {
  if (check.state !== 'unchecked' || check.check === 'identity') return check;
  const account = await answerOf('identity', async () => {
    await identity();
    return { found: '' };
  });
  return account.state === 'failed' ? { ...check, found: 'not asked: see AWS account', next: null } : check;
}
