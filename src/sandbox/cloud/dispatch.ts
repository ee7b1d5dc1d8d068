/** Owns telling AWS requests apart: which service, region and action, whether it may pass, and the answer's dress. */
import type { World } from '../contract.ts';
import { autoScalingActions } from './autoscaling/actions.ts';
import { AwsError } from './aws-error.ts';
import { cloudFormationActions } from './cloudformation/actions.ts';
import { ec2Actions } from './ec2/actions.ts';
import { activeFault, denial, isDenied } from './fault-state.ts';
import { jsonProtocol } from './json-request.ts';
import { readParams } from './params.ts';
import { pricingActions } from './pricing.ts';
import { regionOf, ZONES } from './regions.ts';
import type { Actions } from './request.ts';
import { serviceQuotasActions } from './service-quotas.ts';
import { stsActions } from './sts.ts';
import { ec2Protocol, type Protocol, queryProtocol } from './xml.ts';

interface Service {
  readonly name: string;
  /** API version, which also tells the service when there is no credential scope; the JSON protocol sends none. */
  readonly version: string | null;
  readonly protocol: Protocol;
  readonly actions: Actions;
}

const SERVICES: readonly Service[] = [
  { name: 'ec2', version: '2016-11-15', protocol: ec2Protocol, actions: ec2Actions },
  {
    name: 'cloudformation',
    version: '2010-05-15',
    protocol: queryProtocol('http://cloudformation.amazonaws.com/doc/2010-05-15/'),
    actions: cloudFormationActions,
  },
  {
    name: 'autoscaling',
    version: '2011-01-01',
    protocol: queryProtocol('http://autoscaling.amazonaws.com/doc/2011-01-01/'),
    actions: autoScalingActions,
  },
  {
    name: 'sts',
    version: '2011-06-15',
    protocol: queryProtocol('https://sts.amazonaws.com/doc/2011-06-15/'),
    actions: stsActions,
  },
  { name: 'servicequotas', version: null, protocol: jsonProtocol, actions: serviceQuotasActions },
  { name: 'pricing', version: null, protocol: jsonProtocol, actions: pricingActions },
];

const UNKNOWN = queryProtocol('http://webservices.amazon.com/AWSFault/2005-15-09');

export interface AwsRequest {
  readonly authorization: string | undefined;
  /** Query string and form body together, or what a JSON document comes to (json-request.ts). */
  readonly query: URLSearchParams;
  readonly requestId: string;
}

export interface AwsAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly action: string;
  readonly error: string | null;
  readonly changed: boolean;
}

/** `AWS4-HMAC-SHA256 Credential=KEY/20261122/us-east-1/ec2/aws4_request, …` */
function credentialScope(
  authorization: string | undefined,
): { key: string; region: string; service: string } | null {
  const match = /\bCredential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request\b/.exec(
    authorization ?? '',
  );
  return match ? { key: match[1] ?? '', region: match[2] ?? '', service: match[3] ?? '' } : null;
}

const tags = (query: URLSearchParams): boolean =>
  [...query.keys()].some((key) => /^TagSpecification\.\d+\.Tag\./.test(key));

const READS = /^(Describe|Get|List|Validate)/;

/** Answers one AWS request; refusals are answers too. */
export async function dispatch(world: World, now: number, request: AwsRequest): Promise<AwsAnswer> {
  const action = request.query.get('Action') ?? '';
  const version = request.query.get('Version');
  const scope = credentialScope(request.authorization);
  const service = SERVICES.find((one) => (scope ? one.name === scope.service : one.version === version));
  const protocol = service?.protocol ?? UNKNOWN;
  try {
    if (request.authorization === undefined)
      throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
    if (!scope)
      throw new AwsError(
        'IncompleteSignature',
        'Authorization header requires a Credential parameter with a scope.',
      );
    if (!service)
      throw new AwsError(
        'InvalidAction',
        `The sandbox has no service '${scope.service}' (it has ${SERVICES.map((one) => one.name).join(', ')}).`,
      );
    if (!ZONES[scope.region])
      throw new AwsError('SignatureDoesNotMatch', `Credential should be scoped to a valid region.`, 403);
    refuseByFault(world, service, now);
    if (isDenied(world, `${service.name}:${action}`, now)) throw denial(world, `${service.name}:${action}`);
    // Tagging what is being created is a right of its own.
    if (service.name === 'ec2' && tags(request.query) && isDenied(world, 'ec2:CreateTags', now))
      throw denial(world, 'ec2:CreateTags');
    const run = Object.hasOwn(service.actions, action) ? service.actions[action] : undefined;
    if (!run)
      throw new AwsError(
        'InvalidAction',
        service.name === 'ec2'
          ? `The action ${action} is not valid for this web service.`
          : `Could not find operation ${action} for version ${version ?? ''}`,
      );
    const result = await run({
      world,
      region: regionOf(world, scope.region),
      params: readParams(request.query),
      now,
      requestId: request.requestId,
      accessKeyId: scope.key,
    });
    return {
      status: 200,
      type: protocol.type,
      body: protocol.answer(action, result, request.requestId),
      action,
      error: null,
      changed: !READS.test(action),
    };
  } catch (error) {
    const refusal =
      error instanceof AwsError
        ? error
        : new AwsError(
            'InternalError',
            `The sandbox failed: ${error instanceof Error ? error.message : String(error)}`,
            500,
          );
    return {
      status: refusal.status,
      type: protocol.type,
      body: protocol.error(refusal.code, refusal.message, refusal.status, request.requestId),
      action,
      error: error instanceof AwsError ? refusal.code : String(error instanceof Error ? error.stack : error),
      changed: false,
    };
  }
}

/** `bad-credentials` and `throttling`, as each service words them. */
function refuseByFault(world: World, service: Service, now: number): void {
  const json = service.protocol === jsonProtocol;
  if (activeFault(world, 'bad-credentials', now))
    throw service.name === 'ec2'
      ? new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401)
      : new AwsError(
          json ? 'UnrecognizedClientException' : 'InvalidClientTokenId',
          'The security token included in the request is invalid.',
          json ? 400 : 403,
        );
  if (activeFault(world, 'throttling', now))
    throw service.name === 'ec2'
      ? new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503)
      : new AwsError(json ? 'ThrottlingException' : 'Throttling', 'Rate exceeded');
}
