/** Mirrors, image maps and the network parameters: what may be typed, and what it comes to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINARY_SOURCES, binarySources, parseBinarySources } from '../../src/cluster/binaries.ts';
import { AMI_BY_REGION, imagesFor, parseImages } from '../../src/cluster/images.ts';
import {
  checkParameters,
  DEFAULTS,
  PARAMETERS,
  parameter,
  RETIRED_TYPES,
  withParameter,
} from '../../src/cluster/parameters.ts';

describe('mirrors', () => {
  it('stand in for every source, or for one', () => {
    expect(binarySources(null)).toEqual(BINARY_SOURCES);
    expect(binarySources('http://m:8080/2014//')).toEqual({
      kubernetes: 'http://m:8080/2014',
      'third-party': 'http://m:8080/2014',
    });
    expect(binarySources('third-party=https://m')).toEqual({ ...BINARY_SOURCES, 'third-party': 'https://m' });
    expect(binarySources('kubernetes=https://k, third-party=https://t/x')).toEqual({
      kubernetes: 'https://k',
      'third-party': 'https://t/x',
    });
  });

  it.each([
    'ftp://m',
    'https://m/%s',
    'https://m/$HOME',
    'https://m/a b',
    'https://m/"',
    'https://user@m/',
    'https://a,https://b',
    'kubernetes=https://a,kubernetes=https://b',
    'kubernetes=',
    '=https://a',
    'other=https://a',
  ])('refuse %j, which systemd would read otherwise or nobody could', (text) => {
    expect(parseBinarySources(text)).toHaveProperty('why');
    expect(parameter('binariesUrl').check(text, {}).ok).toBe(false);
  });

  it('never let through what has a meaning in a unit file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const parsed = parseBinarySources(`https://m/${text}`);
        if ('sources' in parsed)
          for (const url of Object.values(parsed.sources)) expect(url).toMatch(/^https:\/\/[\w./:~-]+$/);
      }),
    );
  });
});

describe('images', () => {
  it('are one for the region of the launch, or a map over the article', () => {
    expect(imagesFor(null, 'us-east-1')).toBe(AMI_BY_REGION);
    expect(imagesFor('ami-0123abcd', 'eu-north-1')).toEqual({
      ...AMI_BY_REGION,
      'eu-north-1': 'ami-0123abcd',
    });
    expect(imagesFor('us-gov-west-1=ami-0123abcd,us-east-1=ami-89abcdef', 'us-east-1')).toEqual({
      ...AMI_BY_REGION,
      'us-gov-west-1': 'ami-0123abcd',
      'us-east-1': 'ami-89abcdef',
    });
  });

  it.each([
    'ami-1',
    'us-east-1',
    'us-east=ami-0123abcd',
    'us-east-1=ami-1',
    'us-east-1=ami-0123abcd,us-east-1=ami-0123abcd',
  ])('refuse %j', (text) => {
    expect(parseImages(text)).toHaveProperty('why');
    expect(parameter('ami').check(text, {}).ok).toBe(false);
  });
});

describe('the table', () => {
  it('passes its own defaults, and names every template parameter once', () => {
    expect(checkParameters(DEFAULTS)).toEqual([]);
    const names = PARAMETERS.flatMap(({ template }) => template ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(10);
  });

  it('keeps a number a number', () => {
    expect(withParameter(DEFAULTS, 'rootVolumeSize', '40').rootVolumeSize).toBe(40);
    expect(withParameter(DEFAULTS, 'vpc', '').vpc).toBeNull();
  });

  it('wants a VPC and its subnets together', () => {
    const wrong = (chosen: Partial<typeof DEFAULTS>) =>
      checkParameters({ ...DEFAULTS, ...chosen }).map(({ spec }) => spec.key);
    expect(wrong({ vpc: 'vpc-0a1b2c3d' })).toEqual(['subnets']);
    expect(wrong({ subnets: 'subnet-0a1b2c3d' })).toEqual(['subnets']);
    expect(wrong({ vpc: 'vpc-0a1b2c3d', subnets: 'subnet-0a1b2c3d,subnet-0a1b2c3e' })).toEqual([]);
    expect(wrong({ vpc: 'vpc-0a1b2c3d', subnets: 'subnet-0a1b2c3d, x' })).toEqual(['subnets']);
  });

  it('lets a retired type pass with a warning', () => {
    for (const type of RETIRED_TYPES)
      expect(parameter('instanceType').check(type, {})).toEqual({
        ok: true,
        warning: `EC2 can no longer start ${type}`,
      });
  });
});
