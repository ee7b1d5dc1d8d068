/** Owns the checks of who asks AWS, and of what they may do there. */
import { asKubecoreError, KubecoreError } from './errors.ts';
import type { DryRun } from './ports.ts';
import { type Answer, type Asking, refusal } from './preflight-contract.ts';
import { refusedAction } from './root-cause-words.ts';

export async function checkIdentity({ cloud, identity }: Asking): Promise<Answer> {
  const { account, arn } = await identity();
  return { found: `${arn} in account ${account}, ${cloud.region}` };
}

/** AWS's words for a missing right: EC2's, the query services', the JSON services'. */
const DENIALS = ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'NotAuthorized'];

/** Is it that these credentials may not? */
export const isDenial = ({ code }: Pick<KubecoreError, 'code'>): boolean => DENIALS.includes(code ?? '');

/** What the checks of image, network and type tell, and what will pass by itself. */
const TOLD_ELSEWHERE =
  /^(InvalidAMIID|InvalidSubnet|InvalidVpc|VPCIdNotSpecified|Throttling|Internal|ServiceUnavailable|Unavailable)/;

/** Has EC2 said no to the request itself: an account that is not ready, an image that does not go with the type, …? */
const isRefusal = (error: KubecoreError): boolean =>
  error.fault === 'aws' && !isDenial(error) && !TOLD_ELSEWHERE.test(error.code ?? '');

interface Tried {
  readonly action: DryRun['action'];
  /** null: EC2 would do it. */
  readonly error: KubecoreError | null;
}

/** Nothing that a launch needs: a key pair is only created when it is asked for. */
const OPTIONAL: readonly DryRun['action'][] = ['CreateKeyPair'];

/** CloudFormation and Auto Scaling know no DryRun. */
const NOT_TOLD =
  'CloudFormation and Auto Scaling cannot be asked beforehand: kubecore iam-policy prints what they need';

/**
 * Asks EC2 for each kind of thing a launch makes whether it would make it. A missing right fails; what EC2 refuses for
 * another reason is not known, and that reason is another check's matter.
 */
export async function checkPermissions(asking: Asking): Promise<Answer> {
  const tried = await Promise.all(requests(asking).map((request) => attempt(asking, request)));
  // Nobody's rights are not missing.
  await asking.identity();
  const denied = tried.filter(({ error }) => error !== null && isDenial(error));
  const needed = denied.filter(({ action }) => !OPTIONAL.includes(action));
  const [first] = needed;
  if (first?.error) {
    const { error } = first;
    // The right that is missing may be one that the request needs besides its own, such as ec2:CreateTags.
    const actions = [
      ...new Set(needed.map((one) => refusedAction(one.error?.why ?? '') ?? `ec2:${one.action}`)),
    ];
    return refusal(
      new KubecoreError({
        what: `a launch needs ${actions.join(' and ')}`,
        why: error.why,
        next: `have ${actions.join(' and ')} allowed (kubecore iam-policy prints a policy), or use other credentials: --profile`,
        fault: 'aws',
        code: error.code ?? 'UnauthorizedOperation',
        cause: error,
      }),
    );
  }
  const run = tried.find(({ action }) => action === 'RunInstances')?.error ?? null;
  if (run !== null && isRefusal(run))
    return refusal(
      new KubecoreError({
        what: 'EC2 would refuse to start an instance',
        why: run.why,
        next: run.next,
        fault: 'aws',
        code: run.code ?? 'RunInstances',
        cause: run,
      }),
    );
  const allowed = tried.filter(({ error }) => error === null).map(({ action }) => action);
  const open = tried.filter(({ error }) => error !== null && !isDenial(error));
  const said = [
    ...(allowed.length > 0 ? [`EC2 allows ${allowed.join(', ')} (DryRun)`] : []),
    ...denied.map(({ action }) => `${action} is not allowed, which only creating a key pair needs`),
    ...open.map(({ action, error }) => `${action} could not be tried: ${error?.why ?? ''}`),
  ].join('; ');
  if (open.length > 0)
    return {
      state: 'unchecked',
      found: said,
      next: 'mend what the other checks name, and check again; kubecore iam-policy prints the rights that are needed',
    };
  if (denied.length > 0)
    return { state: 'warning', found: said, next: 'choose a key pair that is there, or import one' };
  const stack = asking.parameters.blueprint === 'kubernetes';
  return { found: stack ? `${said}; ${NOT_TOLD}` : said };
}

async function attempt({ cloud, signal }: Asking, request: DryRun): Promise<Tried> {
  try {
    await cloud.dryRun(request, signal);
    return { action: request.action, error: null };
  } catch (thrown) {
    return { action: request.action, error: asKubecoreError(thrown) };
  }
}

/** What a launch of this blueprint has EC2 make, as far as an answer can be had before anything is there. */
function requests({ parameters, outgoing }: Asking): readonly DryRun[] {
  const { name, vpc, subnets, blueprint, instanceType } = parameters;
  const made: DryRun[] = [
    { action: 'CreateSecurityGroup', name, vpc },
    { action: 'AuthorizeSecurityGroupIngress', vpc },
    { action: 'CreateKeyPair', name: `${name}-dry-run` },
  ];
  let imageId: string;
  try {
    imageId = outgoing.imageId();
  } catch {
    // Without an image there is nothing to ask for; the check of the image says why.
    return made;
  }
  return [
    {
      action: 'RunInstances',
      imageId,
      instanceType,
      keyName: null,
      subnet: subnets?.split(',')[0] ?? null,
    },
    ...(blueprint === 'kubernetes'
      ? [{ action: 'CreateLaunchTemplate', name: `${name}-dry-run`, imageId, instanceType } as const]
      : []),
    ...made,
  ];
}
