/** Owns the generator of valid launch parameters for the property tests. */
import fc from 'fast-check';
import { checkParameters, DEFAULTS, INSTANCE_TYPES, type Parameters } from '../../src/cluster/parameters.ts';

const octet = fc.integer({ min: 0, max: 255 });

const dockerCidr = fc.oneof(
  octet.map((n) => `10.${n}.0.0/16`),
  fc.constantFrom('10.0.0.0/8', '172.16.0.0/15', '172.24.0.0/16', '10.1.252.0/22'),
);

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((c) => c.join(''));

const awsId = (kind: 'ami' | 'vpc' | 'subnet') =>
  fc.oneof(hex(8), hex(17)).map((digits) => `${kind}-${digits}`);

const amiId = awsId('ami');

const imageMap = fc
  .dictionary(fc.constantFrom('us-east-1', 'eu-north-1', 'ap-southeast-2'), amiId, { minKeys: 1 })
  .map((images) =>
    Object.entries(images)
      .map((pair) => pair.join('='))
      .join(','),
  );

const base = fc
  .tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.stringMatching(/^(\/[a-z0-9._~-]{1,8}){0,3}\/?$/))
  .map(([scheme, host, path]) => `${scheme}://${host}${path}`);

/** Any set of parameters that passes every check of the table. */
export const validParameters: fc.Arbitrary<Parameters> = fc
  .record({
    name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,30}$/),
    instanceType: fc.constantFrom(...INSTANCE_TYPES),
    clusterSize: fc.integer({ min: 2, max: 256 }),
    dockerCidr,
    advertisedIp: fc.constantFrom('private' as const, 'public' as const),
    allowSshFrom: fc.option(fc.tuple(octet, octet, octet, octet).map((o) => `${o.join('.')}/32`)),
    discoveryUrl: fc.option(fc.webUrl({ withQueryParameters: true, withFragments: true })),
    keyPair: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,60}$/)),
    ami: fc.option(fc.oneof(amiId, imageMap)),
    updateGroup: fc.constantFrom('alpha', 'beta', 'stable'),
    rebootStrategy: fc.constantFrom('off', 'reboot', 'etcd-lock', 'best-effort'),
    rootVolumeSize: fc.integer({ min: 8, max: 16_384 }),
    network: fc.option(
      fc.record({
        vpc: awsId('vpc'),
        subnets: fc.uniqueArray(awsId('subnet'), { minLength: 1, maxLength: 6 }).map((ids) => ids.join(',')),
      }),
    ),
    binariesUrl: fc.option(
      fc.oneof(
        base,
        fc.tuple(base, base).map(([a, b]) => `kubernetes=${a},third-party=${b}`),
      ),
    ),
  })
  .map(({ network, ...chosen }): Parameters => ({ ...DEFAULTS, ...chosen, ...network }))
  .filter((parameters) => checkParameters(parameters).every(({ verdict }) => verdict.ok));
