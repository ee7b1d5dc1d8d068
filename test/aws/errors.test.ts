/** Every refusal says what happened, why, what next, and whose fault; through the real clients where that matters. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CloudOptions, createCloud } from '../../src/aws/cloud.ts';
import { awsError } from '../../src/aws/errors.ts';
import { describeDenial } from '../../src/aws/identity.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { type AwsServer, awsServer, ec2Error, instantClock, NO_GROUPS, queryError } from './aws-server.ts';

const cloudAt = (server: Pick<AwsServer, 'url'>, more: Partial<CloudOptions> = {}) =>
  createCloud({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    clock: instantClock,
    random: () => 0.5,
    ...more,
  });

const failing = async (act: Promise<unknown>): Promise<KubecoreError> => {
  const error = await act.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof KubecoreError) return error;
  throw error;
};

const doing = { what: 'the stack "k" was not created', action: 'cloudformation:CreateStack' };
const asked = { region: 'eu-west-1', profile: null };

const awsSaid = (name: string, message: string) => Object.assign(new Error(message), { name });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('awsError', () => {
  it.each([
    [
      'ExpiredToken',
      'The security token included in the request is expired',
      'ExpiredToken',
      /expired/,
      /aws sso login/,
    ],
    ['RequestExpired', 'Request has expired.', 'RequestExpired', /clock/, /clock/],
    [
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
      'InvalidClientTokenId',
      /access key in eu-west-1/,
      /AWS_ACCESS_KEY_ID/,
    ],
    [
      'AuthFailure',
      'AWS was not able to validate the provided access credentials',
      'AuthFailure',
      /access key/,
      /access key/,
    ],
    [
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
      'SignatureDoesNotMatch',
      /secret access key/,
      /AWS_SECRET_ACCESS_KEY/,
    ],
    [
      'SignatureDoesNotMatch',
      'Signature expired: 20261122T100000Z is now earlier than 20261122T101500Z',
      'ClockSkew',
      /clock/,
      /clock/,
    ],
    [
      'AccessDenied',
      'User: arn:aws:iam::1:user/a is not authorized to perform: cloudformation:CreateStack on resource: arn:x',
      'AccessDenied',
      /may not cloudformation:CreateStack/,
      /IAM policy/,
    ],
    [
      'AlreadyExistsException',
      'Stack [k] already exists',
      'AlreadyExistsException',
      /there already/,
      /--name/,
    ],
    ['ValidationError', 'No updates are to be performed.', 'NoUpdates', /already is as asked/, /change/],
    ['ValidationError', 'Stack [k] does not exist', 'StackNotFound', /does not exist/, /kubecore list/],
    [
      'ValidationError',
      'Template format error: Unresolved resource dependencies [X] in the Resources block of the template',
      'TemplateRefused',
      /Unresolved/,
      /kubecore render/,
    ],
    [
      'ValidationError',
      "Parameter 'InstanceType' must be one of AllowedValues",
      'ParameterRefused',
      /InstanceType/,
      /correct it/,
    ],
    [
      'ValidationError',
      'Stack:arn:aws:x is in ROLLBACK_COMPLETE state and can not be updated.',
      'StackState',
      /ROLLBACK_COMPLETE/,
      /kubecore events/,
    ],
    [
      'InsufficientCapabilitiesException',
      'Requires capabilities : [CAPABILITY_IAM]',
      'InsufficientCapabilitiesException',
      /CAPABILITY_IAM/,
      /render/,
    ],
    [
      'LimitExceededException',
      'Limit for stack has been exceeded',
      'LimitExceededException',
      /limit of this account/,
      /Service Quotas/,
    ],
    [
      'InvalidKeyPair.Duplicate',
      'The keypair already exists',
      'InvalidKeyPair.Duplicate',
      /there already/,
      /another name/,
    ],
    ['OptInRequired', 'You are not subscribed to this service.', 'OptInRequired', /not ready/, /--region/],
    ['Throttling', 'Rate exceeded', 'Throttling', /throttling/, /wait/],
    ['RequestLimitExceeded', 'Request limit exceeded.', 'Throttling', /throttling/, /wait/],
    ['ServiceUnavailable', 'try later', 'ServiceUnavailable', /AWS itself failed/, /health.aws/],
    ['SomethingNew', 'never seen before', 'SomethingNew', /SomethingNew: never seen before/, /--debug/],
  ])('%s: %s', (name, message, code, why, next) => {
    const error = awsError(awsSaid(name, message), doing, asked);
    expect(error).toMatchObject({ fault: 'aws', exitCode: 3, code });
    expect(error.why).toMatch(why);
    expect(error.next).toMatch(next);
    expect(error.what).toBe(code === 'NoUpdates' ? 'nothing was changed' : doing.what);
  });

  it('a region and an endpoint that there are not are bad input', () => {
    const said = awsSaid('SignatureDoesNotMatch', 'Credential should be scoped to a valid region.');
    expect(awsError(said, doing, { ...asked, region: 'us-est-1' })).toMatchObject({
      why: '"us-est-1" is not a region of AWS',
      next: 'did you mean --region us-east-1?',
      exitCode: 2,
    });
    expect(awsError(said, doing, { ...asked, region: 'mars-1' }).next).toMatch(/such as --region us-east-1/);
    const invalid = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' });
    expect(awsError(invalid, doing, asked)).toMatchObject({
      why: expect.stringContaining('AWS_ENDPOINT_URL'),
      exitCode: 2,
    });
  });

  it('tells the three ways of having no credentials apart', () => {
    const none = awsError(
      awsSaid('CredentialsProviderError', 'Could not load credentials from any providers'),
      doing,
      asked,
    );
    expect(none.why).toContain('no AWS credentials were found');
    expect(none.next).toMatch(
      /AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION.*aws configure.*kubecore --sandbox/,
    );
    const profile = awsError(
      awsSaid(
        'CredentialsProviderError',
        'Could not resolve credentials using profile: [work] in configuration/credentials file(s).',
      ),
      doing,
      { ...asked, profile: 'work' },
    );
    expect(profile.why).toContain('the profile "work"');
    const sso = awsError(
      awsSaid(
        'CredentialsProviderError',
        "The SSO session associated with this profile has expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
      ),
      doing,
      { ...asked, profile: 'work' },
    );
    expect(sso).toMatchObject({ code: 'ExpiredToken' });
    expect(sso.next).toContain('aws sso login --profile work');
  });

  it('lets no control character of an answer through, and no endless one', () => {
    const error = awsError(awsSaid('Odd', `bad \u001b[31mred\u0007\n${'x'.repeat(5_000)}`), doing, asked);
    expect(error.why).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(error.why.length).toBeLessThan(1_500);
  });

  it.each([
    ['ENOTFOUND', /name of AWS's endpoint/],
    ['ECONNREFUSED', /nothing listens/],
    ['ECONNRESET', /broke/],
    ['ETIMEDOUT', /did not answer in time/],
    ['ENETUNREACH', /no way/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /certificate/],
  ])('%s is the network, found also as a cause', (code, why) => {
    const cause = Object.assign(new Error('x'), { code, hostname: 'sts.eu-west-1.amazonaws.com' });
    const error = awsError(new Error('fetch failed', { cause }), doing, asked);
    expect(error).toMatchObject({ fault: 'network', code });
    expect(error.why).toMatch(why);
  });
});

describe('through the clients', () => {
  it('takes a name that is taken for what it is, in both error shapes', async () => {
    await using server = await awsServer({
      createKeyPair: () => ec2Error('InvalidKeyPair.Duplicate', "The keypair 'coreos' already exists."),
      createStack: () => queryError('AlreadyExistsException', 'Stack [kubernetes] already exists'),
    });
    const cloud = cloudAt(server);
    expect((await failing(cloud.createKeyPair('coreos'))).message).toBe(
      'the key pair "coreos" was not created: a key pair of that name is there already, and EC2 does not give out its private key again',
    );
    const stack = { name: 'kubernetes', body: '{}', parameters: {}, tags: {}, token: 't' };
    expect(await failing(cloud.createStack(stack))).toMatchObject({
      code: 'AlreadyExistsException',
      exitCode: 3,
    });
  });

  it('rides out throttling, and says so only after several tries', async () => {
    await using server = await awsServer({
      describeStacks: (_query, nth) =>
        nth < 3
          ? queryError('Throttling', 'Rate exceeded')
          : queryError('ValidationError', 'Stack with id k does not exist'),
      describeSecurityGroups: NO_GROUPS,
    });
    expect(await cloudAt(server).stack('k')).toBeNull();
    expect(server.of('DescribeStacks')).toHaveLength(3);
  });

  it('gives up on throttling with the code Throttling', async () => {
    await using server = await awsServer({
      getCallerIdentity: () => queryError('Throttling', 'Rate exceeded'),
    });
    const error = await failing(cloudAt(server, { attempts: 2 }).identity());
    expect(error).toMatchObject({ code: 'Throttling', fault: 'aws' });
    expect(server.asked).toHaveLength(2);
  });

  it("names the action of EC2's refusal, and reads the encoded part where that is allowed", async () => {
    const message =
      'You are not authorized to perform this operation. Encoded authorization failure message: abc-DEF_123';
    const decoded = JSON.stringify({
      allowed: false,
      explicitDeny: false,
      context: { action: 'ec2:CreateKeyPair', resource: 'arn:aws:ec2:us-east-1:1:key-pair/coreos' },
    }).replaceAll('"', '&quot;');
    await using server = await awsServer({
      createKeyPair: () => ec2Error('UnauthorizedOperation', message, 403),
      decodeAuthorizationMessage: ({ EncodedMessage }, nth) =>
        nth === 1 && EncodedMessage === 'abc-DEF_123'
          ? {
              body: `<DecodeAuthorizationMessageResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><DecodeAuthorizationMessageResult><DecodedMessage>${decoded}</DecodedMessage></DecodeAuthorizationMessageResult></DecodeAuthorizationMessageResponse>`,
            }
          : queryError('AccessDenied', 'not authorized', 403),
    });
    const cloud = cloudAt(server);
    const error = await failing(cloud.createKeyPair('coreos'));
    expect(error.why).toBe(
      'these credentials may not ec2:CreateKeyPair: You are not authorized to perform this operation. (ec2:CreateKeyPair on arn:aws:ec2:us-east-1:1:key-pair/coreos: allowed by no policy)',
    );
    const again = await failing(cloud.createKeyPair('coreos'));
    expect(again.why).toBe(
      'these credentials may not ec2:CreateKeyPair: You are not authorized to perform this operation.',
    );
  });

  it('makes nothing of a decoded message that is something else', () => {
    expect(describeDenial('no json')).toBeNull();
    expect(describeDenial('{"context":{}}')).toBeNull();
  });

  it('says that there are no credentials', async () => {
    await using server = await awsServer({});
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
    const cloud = createCloud({
      region: 'us-east-1',
      endpoint: server.url,
      clock: instantClock,
      random: () => 0.5,
    });
    const error = await failing(cloud.identity());
    expect(error).toMatchObject({ code: 'CredentialsProviderError', exitCode: 3 });
    expect(error.next).toContain('kubecore --sandbox');
    const other = createCloud({
      region: 'us-east-1',
      endpoint: server.url,
      profile: 'nowhere',
      clock: instantClock,
      random: () => 0.5,
    });
    expect((await failing(other.identity())).why).toContain('the profile "nowhere" gives no credentials');
    expect(server.asked).toEqual([]);
  });

  it('says that nobody listens, with the fault of the network', async () => {
    const server = await awsServer({});
    await server[Symbol.asyncDispose]();
    const error = await failing(cloudAt(server).identity());
    expect(error).toMatchObject({ code: 'ECONNREFUSED', fault: 'network' });
    expect(error.why).toContain('127.0.0.1');
  });

  it('says that what answered is not AWS', async () => {
    await using server = await awsServer({
      getCallerIdentity: () => ({ body: '<html><body>Please sign in<br></body></html>' }),
    });
    const error = await failing(cloudAt(server).identity());
    expect(error).toMatchObject({ fault: 'network' });
    expect(error.why).toContain('does not speak its protocol');
  });

  it('ends a request that takes too long', async () => {
    await using server = await awsServer({});
    const silent = cloudAt(server, { attempts: 1, timeouts: { requestMs: 30 } });
    server.hang = true;
    const error = await failing(silent.identity());
    expect(error).toMatchObject({ fault: 'network' });
    expect(error.why).toContain('did not answer in time');
  });

  it('ends at once when it is aborted, between tries too, with exit code 130', async () => {
    const controller = new AbortController();
    await using server = await awsServer({
      getCallerIdentity: (_query, nth) => {
        if (nth === 2) setImmediate(() => controller.abort());
        return queryError('Throttling', 'Rate exceeded');
      },
    });
    const error = await failing(cloudAt(server).identity(controller.signal));
    expect(error).toMatchObject({ fault: 'interrupted', exitCode: 130 });
    expect(server.asked.length).toBeLessThan(4);
    const own = new KubecoreError({ what: 'a', why: 'b', next: 'c', fault: 'cluster' });
    expect(await failing(cloudAt(server).identity(AbortSignal.abort(own)))).toBe(own);
  });
});
