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
    ami: fc.option(fc.oneof(hex(8), hex(17)).map((digits) => `ami-${digits}`)),
    updateGroup: fc.constantFrom('alpha', 'beta', 'stable'),
    rebootStrategy: fc.constantFrom('off', 'reboot', 'etcd-lock', 'best-effort'),
  })
  .map((chosen): Parameters => ({ ...DEFAULTS, ...chosen }))
  .filter((parameters) => checkParameters(parameters).every(({ verdict }) => verdict.ok));
