/**
 * Owns the table of AWS's error names: what each says, and what to do. Names are those of the EC2, CloudFormation and STS API
 * references ("Error codes").
 */
import type { Explanation } from '../cluster/errors.ts';
import { AMI_BY_REGION } from '../cluster/images.ts';
import { isNear, nearest } from '../cluster/nearest.ts';
import { plain } from './text.ts';

/** What was being asked of AWS. */
export interface Doing {
  /** What then did not happen: `the key pair "coreos" was not created`. */
  readonly what: string;
  /** The IAM action, as a policy names it: `ec2:CreateKeyPair`. */
  readonly action: string;
}

/** Where it was asked. */
export interface Asked {
  readonly region: string;
  readonly profile: string | null;
  /** Reads EC2's encoded authorization message (STS), null when that is refused too. */
  readonly decode?: (encoded: string) => Promise<string | null>;
}

/** An error's cause and cure; the `what` is the caller's unless it is replaced. */
export type Meaning = Pick<Explanation, 'why' | 'next'> &
  Partial<Pick<Explanation, 'what' | 'fault' | 'code'>>;

interface AwsError {
  readonly name: string;
  readonly message: string;
}

type Explain = (error: AwsError, doing: Doing, asked: Asked) => Meaning;

const SIGN_IN =
  'set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION, or run `aws configure`, or try it all without AWS: kubecore --sandbox';

const AGAIN = 'wait a moment and run the same command again';

const credentials: Explain = ({ message }, _doing, { profile }) => {
  if (/sso/i.test(message) && /expired|invalid|aws sso login/i.test(message))
    return {
      why: `the SSO session has ended: ${plain(message)}`,
      next: `run \`aws sso login${profile === null ? '' : ` --profile ${profile}`}\` and the same command again`,
      code: 'ExpiredToken',
    };
  if (profile !== null)
    return {
      why: `the profile "${profile}" gives no credentials: ${plain(message)}`,
      next: `see \`aws configure list --profile ${profile}\`, choose another --profile, or try kubecore --sandbox`,
      code: 'CredentialsProviderError',
    };
  return {
    why: /could not load credentials/i.test(message)
      ? 'no AWS credentials were found in the environment, in ~/.aws, or from an instance or container role'
      : `no AWS credentials could be loaded: ${plain(message)}`,
    next: SIGN_IN,
    code: 'CredentialsProviderError',
  };
};

const expired: Explain = (_error, _doing, { profile }) => ({
  why: 'the session token of these credentials has expired',
  next: `get new ones (\`aws sso login${profile === null ? '' : ` --profile ${profile}`}\`, or a new AWS_SESSION_TOKEN) and run the same command again`,
  code: 'ExpiredToken',
});

const requestExpired: Explain = ({ message }) => ({
  why: `AWS holds the request for too old (${plain(message)}): the session has expired, or this computer's clock is wrong`,
  next: 'set the clock (e.g. `timedatectl set-ntp true`) or get new credentials',
});

const unknownKey: Explain = (_error, _doing, { region }) => ({
  why: `AWS does not accept this access key in ${region}: it is mistyped, deleted, inactive, or the region is not enabled`,
  next: 'check AWS_ACCESS_KEY_ID (`aws sts get-caller-identity`), or make a new access key in the IAM console',
});

const signature: Explain = ({ message }, _doing, { region }) => {
  if (/scoped to a valid region/i.test(message)) return noSuchRegion(region);
  return /signature expired|not yet current|too skewed/i.test(message)
    ? {
        why: `this computer's clock differs too much from AWS's: ${plain(message)}`,
        next: 'set the clock (e.g. `timedatectl set-ntp true`) and run the same command again',
        code: 'ClockSkew',
      }
    : {
        why: 'the secret access key does not belong to the access key',
        next: 'check AWS_SECRET_ACCESS_KEY: it is 40 characters, without blanks or quotes around it',
      };
};

const noSuchRegion = (region: string): Meaning => {
  const near = nearest(region, Object.keys(AMI_BY_REGION));
  return {
    why: `"${plain(region)}" is not a region of AWS`,
    next: isNear(region, near) ? `did you mean --region ${near}?` : 'choose one such as --region us-east-1',
    fault: 'input',
    code: 'NoSuchRegion',
  };
};

const denied: Explain = ({ message }, doing) => {
  const text = plain(message).replace(/\s*Encoded authorization failure message:.*$/i, '');
  const action = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z*]+)/.exec(text)?.[1] ?? doing.action;
  return {
    why: `these credentials may not ${action}${text === '' ? '' : `: ${text}`}`,
    next: `have ${action} allowed by an IAM policy, or use other credentials (--profile)`,
  };
};

const throttled: Explain = (_error, doing) => ({
  why: `AWS is throttling this account's requests (${doing.action}), also after several tries`,
  next: AGAIN,
  code: 'Throttling',
});

const limit: Explain = ({ message }, _doing, { region }) => ({
  why: `a limit of this account is reached in ${region}: ${plain(message)}`,
  next: 'delete what is not needed, or ask for more in the Service Quotas console',
});

const failing: Explain = ({ name, message }) => ({
  why: `AWS itself failed (${name}): ${plain(message)}`,
  next: `${AGAIN}; see https://health.aws.amazon.com`,
});

const templateRefused = (text: string): Meaning => ({
  why: `CloudFormation does not accept the template: ${text}`,
  next: 'see what is sent: kubecore render template',
  code: 'TemplateRefused',
});

/** CloudFormation's one name for most refusals: only the words tell them apart. */
const validation: Explain = ({ message }, { action }) => {
  const text = plain(message);
  if (action === 'cloudformation:ValidateTemplate') return templateRefused(text);
  if (/no updates are to be performed/i.test(text))
    return {
      what: 'nothing was changed',
      why: 'the stack already is as asked',
      next: 'ask for a change',
      code: 'NoUpdates',
    };
  if (/does not exist/i.test(text))
    return { why: text, next: 'see which there are: kubecore list', code: 'StackNotFound' };
  if (/^template|unresolved resource|template format|unsupported structure|invalid template/i.test(text))
    return templateRefused(text);
  if (/_(IN_PROGRESS|FAILED|COMPLETE) state/.test(text))
    return {
      why: `the stack's state forbids it: ${text}`,
      next: 'see how it got there: kubecore events',
      code: 'StackState',
    };
  if (/parameter/i.test(text))
    return {
      why: `CloudFormation does not accept a parameter: ${text}`,
      next: 'correct it and run again',
      code: 'ParameterRefused',
    };
  return { why: text, next: 'correct what it names and run again' };
};

const TABLE: readonly (readonly [names: readonly string[], explain: Explain])[] = [
  [['CredentialsProviderError', 'TokenProviderError', 'ProviderError'], credentials],
  [['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'], expired],
  [['RequestExpired'], requestExpired],
  [
    [
      'InvalidClientTokenId',
      'InvalidAccessKeyId',
      'UnrecognizedClientException',
      'AuthFailure',
      'MissingAuthenticationToken',
    ],
    unknownKey,
  ],
  [['SignatureDoesNotMatch', 'InvalidSignatureException', 'RequestTimeTooSkewed'], signature],
  [
    ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'NotAuthorized', 'UnauthorizedAccess'],
    denied,
  ],
  [
    [
      'Throttling',
      'ThrottlingException',
      'ThrottledException',
      'RequestLimitExceeded',
      'RequestThrottled',
      'RequestThrottledException',
      'TooManyRequestsException',
      'SlowDown',
      'BandwidthLimitExceeded',
      'PriorRequestNotComplete',
    ],
    throttled,
  ],
  [
    [
      'LimitExceededException',
      'LimitExceeded',
      'InstanceLimitExceeded',
      'VcpuLimitExceeded',
      'ResourceLimitExceeded',
      'KeyPairLimitExceeded',
    ],
    limit,
  ],
  [
    [
      'InternalError',
      'InternalFailure',
      'InternalServerError',
      'ServiceUnavailable',
      'ServiceUnavailableException',
      'Unavailable',
    ],
    failing,
  ],
  [['ValidationError', 'ValidationException'], validation],
  [
    ['AlreadyExistsException'],
    () => ({
      why: 'a stack of that name is there already',
      next: 'choose another --name, or see what is there: kubecore list',
    }),
  ],
  [
    ['TokenAlreadyExistsException'],
    () => ({
      why: 'the same request was sent before with other contents',
      next: 'see what the first one made: kubecore list',
    }),
  ],
  [
    ['ChangeSetNotFoundException'],
    () => ({
      why: 'the change set is gone: the stack was changed or deleted meanwhile',
      next: 'run the same command again: it looks at the stack as it is now',
    }),
  ],
  [
    ['InvalidChangeSetStatusException'],
    ({ message }) => ({
      why: `CloudFormation does not carry it out: ${plain(message)}`,
      next: 'run the same command again: it looks at the stack as it is now',
    }),
  ],
  [
    ['InsufficientCapabilitiesException'],
    ({ message }) => ({
      why: `the template asks for rights that were not granted: ${plain(message)}`,
      next: "kubecore's templates need none: see what is sent with kubecore render template",
    }),
  ],
  [
    ['InvalidKeyPair.Duplicate'],
    () => ({
      why: 'a key pair of that name is there already, and EC2 does not give out its private key again',
      next: 'choose that one if you have its private key, or give another name',
    }),
  ],
  [
    ['InvalidKeyPair.NotFound'],
    (_error, _doing, { region }) => ({
      why: `there is no such key pair in ${region}: key pairs belong to one region`,
      next: 'see which there are: kubecore keys list',
    }),
  ],
  [
    ['InvalidKey.Format', 'InvalidKeyPair.Format'],
    ({ message }) => ({
      why: `EC2 does not take this public key: ${plain(message)}`,
      next: 'give an RSA or ED25519 public key in OpenSSH form (the .pub file)',
    }),
  ],
  [
    ['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'],
    ({ message }) => ({ why: plain(message), next: 'see which there are: kubecore status' }),
  ],
  [
    ['OptInRequired', 'PendingVerification', 'Blocked', 'SubscriptionRequiredException'],
    ({ message }, _doing, { region }) => ({
      why: `this AWS account is not ready to use ${region}: ${plain(message)}`,
      next: 'finish the sign-up in the AWS console, or choose another --region',
    }),
  ],
];

const BY_NAME = new Map(TABLE.flatMap(([names, explain]) => names.map((name) => [name, explain] as const)));

/** What an error of this name means; undefined when the name is not known. */
export const meaningOf = (error: Error, doing: Doing, asked: Asked): Meaning | undefined =>
  BY_NAME.get(error.name)?.(error, doing, asked);
