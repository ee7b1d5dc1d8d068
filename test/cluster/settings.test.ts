/** Holds the order of givers: flag, environment, file, default. */
import { expect, test } from 'vitest';
import {
  type Origin,
  parametersFrom,
  resolveSettings,
  SETTINGS,
  unknownVariables,
  wrongSettings,
} from '../../src/cluster/settings.ts';

const file = {
  path: 'kubecore.yaml',
  values: new Map([['cluster-size', { text: '3', line: 2, column: 15 }]]),
};
const resolve = (given: {
  flags?: Record<string, string>;
  env?: Record<string, string>;
  file?: typeof file;
}): Record<string, { text: string | null; origin: Origin }> =>
  Object.fromEntries(
    resolveSettings({
      flags: new Map(Object.entries(given.flags ?? {})),
      env: given.env ?? {},
      file: given.file ?? null,
    }).map(({ setting, text, origin }) => [setting.key, { text, origin }]),
  );

test('a flag counts before a variable, that before the file, that before the default', () => {
  const env = { KUBECORE_CLUSTER_SIZE: '4' };
  const flags = { 'cluster-size': '5' };
  expect(resolve({})['cluster-size']).toEqual({ text: '2', origin: { from: 'default' } });
  expect(resolve({ file })['cluster-size']).toEqual({
    text: '3',
    origin: { from: 'file', file: 'kubecore.yaml', line: 2, column: 15 },
  });
  expect(resolve({ file, env })['cluster-size']).toEqual({
    text: '4',
    origin: { from: 'environment', name: 'KUBECORE_CLUSTER_SIZE' },
  });
  expect(resolve({ file, env, flags })['cluster-size']).toEqual({
    text: '5',
    origin: { from: 'flag', name: '--cluster-size' },
  });
});

test("an empty variable says nothing; switches take 1 and 0; AWS's own variables come after the file", () => {
  expect(resolve({ file, env: { KUBECORE_CLUSTER_SIZE: '' } })['cluster-size']?.text).toBe('3');
  expect(resolve({ env: { KUBECORE_SANDBOX: '1' } }).sandbox?.text).toBe('true');
  expect(resolve({ env: { KUBECORE_READ_ONLY: 'FALSE' } })['read-only']?.text).toBe('false');
  expect(resolve({ env: { AWS_DEFAULT_REGION: 'eu-west-1' } }).region).toEqual({
    text: 'eu-west-1',
    origin: { from: 'environment', name: 'AWS_DEFAULT_REGION' },
  });
  expect(resolve({}).region).toEqual({ text: null, origin: { from: 'default' } });
});

test('texts are checked beside each other; what counts before them is not judged', () => {
  const wrong = (texts: Record<string, string>, over: Record<string, string> = {}): string[] =>
    wrongSettings(new Map(Object.entries(texts)), new Map(Object.entries(over))).map(
      ({ setting, why }) => `${setting.variable}: ${why}`,
    );
  expect(wrong({ 'cluster-size': '1', output: 'jsn', sandbox: 'maybe' })).toEqual([
    'KUBECORE_CLUSTER_SIZE: 1 is outside 2 to 256',
    'KUBECORE_SANDBOX: "maybe" is not one of true, false',
    'KUBECORE_OUTPUT: "jsn" is not one of text, json, yaml',
  ]);
  expect(wrong({ subnets: 'subnet-12345678' }, { vpc: 'vpc-12345678' })).toEqual([]);
  expect(wrong({}, { 'cluster-size': '1' })).toEqual([]);
  // Empty: what it is when nobody gives it.
  expect(wrong({ 'key-pair': '', 'discovery-url': '' })).toEqual([]);
});

test('launch parameters have their own types', () => {
  expect(
    parametersFrom(
      new Map([
        ['cluster-size', '7'],
        ['key-pair', ''],
        ['region', 'eu-west-1'],
        ['vpc', 'vpc-12345678'],
      ]),
    ),
  ).toEqual({ clusterSize: 7, keyPair: null, vpc: 'vpc-12345678' });
});

test('a blueprint brings its own defaults', () => {
  expect(resolve({ flags: { blueprint: 'fleet' } })['cluster-size']?.text).toBe('3');
  expect(resolve({ flags: { blueprint: 'fleet' }, file })['cluster-size']?.text).toBe('3');
  expect(resolve({})['cluster-size']?.text).toBe('2');
  expect(parametersFrom(new Map([['blueprint', 'fleet']]))).toEqual({ blueprint: 'fleet', clusterSize: 3 });
  expect(
    parametersFrom(
      new Map([
        ['blueprint', 'fleet'],
        ['cluster-size', '1'],
      ]),
    ),
  ).toEqual({ blueprint: 'fleet', clusterSize: 1 });
  // One machine will do for fleet, not for Kubernetes.
  const one = new Map([['cluster-size', '1']]);
  expect(wrongSettings(one, new Map([['blueprint', 'fleet']]))).toEqual([]);
  expect(wrongSettings(one)).toHaveLength(1);
});

test('variables that nothing reads, with the one that was meant', () => {
  expect(
    unknownVariables({
      KUBECORE_CLUSTERSIZE: '3',
      KUBECORE_SOMETHING_ELSE: '',
      KUBECORE_CONFIG: 'x',
      PATH: '',
    }),
  ).toEqual([
    { name: 'KUBECORE_CLUSTERSIZE', meant: 'KUBECORE_CLUSTER_SIZE' },
    { name: 'KUBECORE_SOMETHING_ELSE', meant: null },
  ]);
});

test('no two settings share a key or a variable', () => {
  expect(new Set(SETTINGS.map(({ key }) => key)).size).toBe(SETTINGS.length);
  expect(new Set(SETTINGS.map(({ variable }) => variable)).size).toBe(SETTINGS.length);
});
