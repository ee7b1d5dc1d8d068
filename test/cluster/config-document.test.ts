/** Holds the config file's reading to its words: values as flags would have them, every mistake with its place. */
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig, withValues } from '../../src/cluster/config-document.ts';
import { configSchema } from '../../src/cluster/config-schema.ts';
import { newConfig } from '../../src/cluster/config-template.ts';
import { INSTANCE_TYPES } from '../../src/cluster/parameters.ts';

const texts = (text: string): Record<string, string> =>
  Object.fromEntries([...readConfig(text).values].map(([key, value]) => [key, value.text]));
const told = (text: string, over?: ReadonlyMap<string, string>): string[] =>
  readConfig(text, over).problems.map(
    ({ line, column, endColumn, what, next }) => `${line}:${column}-${endColumn} ${what}; ${next}`,
  );

describe('what is read', () => {
  test('values are as a flag would have them, with their place', () => {
    const { values, problems } = readConfig(
      '# mine\nname: web\ncluster-size: 3 # three\nreboot-strategy: off\n\nsandbox: true\nkey-pair:\n',
    );
    expect(problems).toEqual([]);
    expect(Object.fromEntries(values)).toEqual({
      name: { text: 'web', line: 2, column: 7 },
      'cluster-size': { text: '3', line: 3, column: 15 },
      // YAML 1.2: a word, not a switch.
      'reboot-strategy': { text: 'off', line: 4, column: 18 },
      sandbox: { text: 'true', line: 6, column: 10 },
    });
  });

  test('lists and maps may be written as such', () => {
    expect(
      texts(
        'vpc: vpc-12345678\nsubnets:\n  - subnet-12345678\n  - subnet-87654321\nami: {us-east-1: ami-12345678}\nbinaries-url:\n  kubernetes: https://a.example/k\n',
      ),
    ).toEqual({
      vpc: 'vpc-12345678',
      subnets: 'subnet-12345678,subnet-87654321',
      ami: 'us-east-1=ami-12345678',
      'binaries-url': 'kubernetes=https://a.example/k',
    });
  });

  test('empty, only comments, a byte order mark, CRLF, an alias', () => {
    expect(readConfig('')).toMatchObject({ problems: [] });
    expect(readConfig('# nothing\n---\n')).toMatchObject({ problems: [] });
    expect(texts('\ufeffname: web\r\ncluster-size: 3\r\n')).toEqual({ name: 'web', 'cluster-size': '3' });
    expect(texts('name: &n web\ncluster: *n\n')).toEqual({ name: 'web', cluster: 'web' });
  });

  test("the console's part", () => {
    const read = readConfig(
      'console:\n  theme: high-contrast\n  mouse: false\n  keys: {logs: L, help: ctrl+h, zoom: 5}\n',
    );
    expect(read.problems).toEqual([]);
    expect(read.console).toEqual({
      theme: 'high-contrast',
      mouse: false,
      keys: { logs: 'L', help: 'ctrl+h', zoom: '5' },
    });
    expect(readConfig('console:\n').console).toEqual({ theme: null, mouse: true, keys: {} });
  });
});

describe('what is wrong', () => {
  test('every mistake at once, in order, with its place and what would do', () => {
    expect(
      told(
        'name: 1web\nclusterSize: 3\ncluster-size: two\ninstance-type: m3.mediun # oh\ndocker-cidr: 172.24.1.0/16\nsandbox: yes\nprofile: [a]\n',
      ),
    ).toEqual([
      '1:7-11 name: a stack name starts with a letter; try k-1web',
      '2:1-12 there is no setting "clusterSize"; did you mean cluster-size?',
      '3:15-18 cluster-size: it is a whole number; type a number from 2 to 256',
      '4:16-25 instance-type: "m3.mediun" is not one of the 25 allowed values; did you mean m3.medium?',
      expect.stringMatching(/^5:14-27 docker-cidr: .*; did you mean 172\.24\.0\.0\/16\?$/),
      '6:10-13 sandbox: "yes" is not true or false; write true or false, without quotes',
      '7:10-13 profile: it takes a text, not a list; write profile: PROFILE',
    ]);
  });

  test('a key for an action that there is not', () => {
    expect(told('console:\n  keys: {logs: L, lgs: X, quit: ctrl+Q}\n')).toEqual([
      '2:19-22 console.keys: there is no action "lgs"; did you mean logs?',
      expect.stringMatching(/^2:33-39 console\.keys\.quit: "ctrl\+Q" is not a key/),
    ]);
  });

  test('a setting given twice, and what is no YAML', () => {
    expect(told('name: a\nname: b\n')).toEqual(['2:1-5 name is given twice; leave one of them out']);
    expect(told('name: "a\n')[0]).toMatch(/^\d:\d+-\d+ it is not YAML: /);
    expect(told('- a\n')[0]).toMatch(/^1:1-4 a config file is settings/);
    expect(told('name: web\n---\nname: b\n')).toHaveLength(1);
  });

  test("the console's part", () => {
    expect(
      told(
        'console:\n  theme: drak\n  mose: true\n  mouse: 1\n  keys:\n    logs: ctr+l\n    zoom: pageupp\n',
      ),
    ).toEqual([
      '2:10-14 console.theme: "drak" is not one of dark, light, high-contrast, none; did you mean dark?',
      '3:3-7 console: there is no setting "mose"; did you mean mouse?',
      '4:10-11 console.mouse: it is not true or false; write true or false, without quotes',
      expect.stringMatching(/^6:11-16 console\.keys\.logs: "ctr\+l" is not a key; a key is one character/),
      '7:11-18 console.keys.zoom: "pageupp" is not a key; did you mean pageup?',
    ]);
  });

  test('a check that looks at other settings sees the flags', () => {
    const subnets = 'subnets: subnet-12345678\n';
    expect(told(subnets)).toEqual([
      '1:10-25 subnets: subnets belong to a VPC, and none is given; give it with --vpc vpc-…',
    ]);
    expect(told(subnets, new Map([['vpc', 'vpc-12345678']]))).toEqual([]);
  });

  test('any text is read or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), yamlish), (text) => {
        for (const { line, column, endColumn, source } of readConfig(text).problems) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(endColumn).toBeGreaterThan(column);
          expect(source).not.toContain('\n');
        }
      }),
    );
  });
});

/** Texts that are nearly a config. */
const yamlish = fc
  .array(
    fc.tuple(
      fc.constantFrom('name', 'cluster-size', 'subnets', 'ami', 'console', 'sandbox', '&a x', '- y', '"'),
      fc.constantFrom('', ' 3', ' [a, *b]', ' {x: y}', ' &a {x: *a}', ' |', ' "', ' *n', '\n  keys: [1]'),
    ),
  )
  .map((lines) => lines.map(([key, value]) => `${key}:${value}\n`).join(''));

const ajv = new Ajv({ strict: true, strictTypes: false });
const valid = ajv.compile(configSchema('1.2.3'));

/** Settings that go together, as flags would have them. */
const settings = fc
  .record(
    {
      name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/),
      'cluster-size': fc.integer({ min: 2, max: 256 }).map(String),
      'instance-type': fc.constantFrom(...INSTANCE_TYPES),
      'root-volume-size': fc.integer({ min: 8, max: 16_384 }).map(String),
      'reboot-strategy': fc.constantFrom('off', 'etcd-lock'),
      'key-pair': fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
      region: fc.constantFrom('eu-west-1', 'us-gov-west-1'),
      identity: fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
      sandbox: fc.constantFrom('true', 'false'),
    },
    { requiredKeys: [] },
  )
  .map(
    (record) =>
      new Map(Object.entries(record).filter((pair): pair is [string, string] => pair[1] !== undefined)),
  );

describe('what is written', () => {
  test('a new file reads as what was given, and the schema takes it', async () => {
    const { parse } = await import('yaml');
    fc.assert(
      fc.property(settings, (given) => {
        const text = newConfig(given, './schema.json');
        expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/schema\.json\n/);
        const read = readConfig(text);
        expect(read.problems).toEqual([]);
        expect(new Map([...read.values].map(([key, { text: said }]) => [key, said]))).toEqual(given);
        expect(valid(parse(text) ?? {}), JSON.stringify(valid.errors)).toBe(true);
      }),
    );
  });

  test('setting values keeps comments, order and all the rest', () => {
    const before =
      '# ours\nname: web # the shop\n\n# minions\ncluster-size: 3   # enough?\nconsole:\n  theme: light\n';
    expect(
      withValues(
        before,
        new Map([
          ['cluster-size', '4'],
          ['region', 'eu-west-1'],
        ]),
      ),
    ).toBe(
      '# ours\nname: web # the shop\n\n# minions\ncluster-size: 4 # enough?\nconsole:\n  theme: light\nregion: eu-west-1\n',
    );
    expect(withValues('', new Map([['sandbox', 'true']]))).toBe('sandbox: true\n');
  });
});

describe('the schema', () => {
  test.each([
    [{ name: 'web', 'cluster-size': 3, subnets: ['subnet-1'], ami: { 'us-east-1': 'ami-1' } }, true],
    [{ console: { theme: 'none', keys: { logs: 'ctrl+l' }, mouse: false } }, true],
    [{ 'cluster-size': 1 }, false],
    [{ 'cluster-size': 257 }, false],
    [{ 'cluster-size': 1, blueprint: 'kubernetes' }, false],
    [{ 'instance-type': 'm3.mediun' }, false],
    [{ clusterSize: 3 }, false],
    [{ sandbox: 'yes' }, false],
    [{ console: { theme: 'drak' } }, false],
    [{ console: { keys: { logs: 'ctr+l' } } }, false],
    [{ console: { keys: { lgs: 'l' } } }, false],
    [{ 'allow-ssh-from': '10.0.0.1' }, false],
  ])('%j is valid: %s', (value, expected) => {
    expect(valid(value)).toBe(expected);
  });
});
