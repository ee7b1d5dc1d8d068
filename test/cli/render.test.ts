/** `kubecore render` as it is typed: what it prints, in which form, and what it says to what it does not know. */
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { launchTemplate } from '../../src/render/template.ts';
import { say } from './render-host.ts';

const published = JSON.parse(
  readFileSync(new URL('../fixtures/render/kubernetes.json', import.meta.url), 'utf8'),
);

const printed = async (...words: string[]): Promise<string> => {
  const { code, stdout, stderr } = await say(['render', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

describe('what it prints', () => {
  it('the template: as YAML with comments, as JSON', async () => {
    const template = launchTemplate(DEFAULTS, 'us-east-1');
    const yaml = await printed();
    expect(parse(yaml)).toEqual(template);
    expect(yaml).toContain('# One master; a lost one is replaced');
    for (const words of [
      ['template', '--format', 'json'],
      ['-o', 'json'],
      ['template', '-o', 'json'],
    ])
      expect(JSON.parse(await printed(...words))).toEqual(template);
  });

  it("the article's template, exactly, and says which flags it does not heed", async () => {
    expect(JSON.parse(await printed('--as-published', '--format', 'json'))).toEqual(published);
    expect(parse(await printed('--as-published'))).toEqual(published);
    const { stdout, stderr } = await say(['render', '--as-published', '--update-group', 'beta']);
    expect(parse(stdout)).toEqual(published);
    expect(stderr).toContain('--update-group not used');
  });

  it('the cloud-config of a role, in either form, or as data', async () => {
    const minion = await printed('cloud-config', '--role', 'minion', '--docker-cidr', '10.1.0.0/16');
    expect(minion).toMatch(/^#cloud-config\n/);
    expect(minion).toContain('metadata: role=minion');
    expect(minion).toContain(String.raw`\"10.1.0.0/16\"`);
    expect(minion).toContain('Requires=docker.socket');
    expect(await printed('cloud-config', '--role', 'minion', '--as-published')).toContain(
      'Requires= docker.socket',
    );
    expect(JSON.parse(await printed('cloud-config', '-o', 'json'))).toEqual(
      parse(await printed('cloud-config')),
    );
  });

  it('the cloud-config of a blueprint that has no template, without being told', async () => {
    expect(await printed('--blueprint', 'single')).toBe(
      '#cloud-config\n\ncoreos:\n  update:\n    group: alpha\n    reboot-strategy: off\n',
    );
    expect(parse(await printed('--blueprint', 'fleet', '--cluster-size', '1')).coreos.units).toHaveLength(3);
  });

  it('a unit file, or all that is known of it', async () => {
    const text = await printed('unit', 'flannel', '--docker-cidr', '10.1.0.0/16');
    expect(text).toMatch(/^\[Unit\]\nAfter=flannel-download\.service etcd\.service\n/);
    const data = JSON.parse(await printed('unit', 'kube-proxy.service', '-o', 'json'));
    expect(data).toMatchObject({ name: 'kube-proxy.service', role: 'master' });
    expect(data.content).toContain('ExecStart=/opt/bin/proxy ');
  });

  it('the same on a terminal, in colour; plain with NO_COLOR', async () => {
    for (const words of [[], ['cloud-config'], ['unit', 'docker'], ['--format', 'json']]) {
      const plain = await printed(...words);
      const { stdout } = await say(['render', ...words], { tty: true });
      expect(stdout).toContain('\x1b[36m');
      expect(stripVTControlCharacters(stdout)).toBe(plain);
      const { stdout: without } = await say(['render', ...words], { tty: true, env: { NO_COLOR: '1' } });
      expect(without).toBe(plain);
    }
  });
});

describe('what it does not know', () => {
  it.each([
    [['cloud-confg'], 'did you mean cloud-config?'],
    [['unit', 'kube-registr'], 'did you mean kube-register?'],
    [['unit'], 'kubecore render unit NAME'],
    [['unit', 'kube-apiserver', '--role', 'minion'], '--role master'],
    [['--blueprint', 'kubernets'], 'did you mean kubernetes?'],
    [['template', '--blueprint', 'fleet'], 'kubecore render cloud-config --blueprint fleet'],
    [['cloud-config', '--role', 'mignon'], 'did you mean minion?'],
    [['--role', 'master'], 'leave it out'],
    [['cloud-config', '--blueprint', 'single', '--role', 'master'], 'leave it out'],
    [['template', 'extra'], 'leave it out'],
    [['--format', 'ymal'], 'did you mean yaml?'],
    [['--instance-type', 'm3.mediun'], 'did you mean m3.medium?'],
    [['--update-group', 'alfa'], 'did you mean alpha?'],
    [['--reboot-strategy', 'etcdlock'], 'did you mean etcd-lock?'],
    [['--cluster-size', '1'], 'the nearest is 2'],
    [['--root-volume-size', '7'], 'the nearest is 8'],
    [['--docker-cidr', '172.24.0.1/16'], 'did you mean 172.24.0.0/16?'],
    [['--docker-cidr', '172.31.0.0/16'], 'such as 172.24.0.0/16'],
    [['--docker-cidr', '192.168.0.0/16'], 'such as 172.24.0.0/16'],
    [['--allow-ssh-from', '203.0.113.9/24'], 'did you mean 203.0.113.0/24?'],
    [['--ami', 'eu-north-1=ami-1'], 'us-east-1=ami-…'],
    [['--vpc', 'vpc-0a1b2c3d'], '--subnets'],
    [['--subnets', 'subnet-0a1b2c3d'], '--vpc'],
    [['--vpc', 'vpc-0a1b2c3d', '--subnets', 'subnet-0a1b2c3d,subnet-0a1b2c3d'], 'name each subnet once'],
    [['--binaries-url', 'third-prty=https://m/x'], 'did you mean third-party?'],
    [['--binaries-url', 'https://m/$x'], 'https://HOST/PATH'],
    [['cloud-config', '--diff'], 'kubecore render --diff'],
  ])('%j ends with 2 and says what would do', async (words, next) => {
    const { code, stdout, stderr } = await say(['render', ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^kubecore: [^\n]+\nnext: [^\n]+\n$/);
    expect(stderr.slice(stderr.indexOf('next:'))).toContain(next);
  });

  it('any net block with bits beyond its prefix, and its hint is taken', async () => {
    const octet = fc.integer({ min: 0, max: 255 });
    await fc.assert(
      fc.asyncProperty(
        octet,
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 8, max: 16 }),
        async (b, d, bits) => {
          const { code, stderr } = await say([
            'render',
            'unit',
            'flannel',
            '--docker-cidr',
            `10.${b}.0.${d}/${bits}`,
          ]);
          expect(code).toBe(2);
          const hint = /did you mean ([\d./]+)\?/.exec(stderr)?.[1] ?? '';
          expect(await printed('unit', 'flannel', '--docker-cidr', hint)).toContain(hint);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('what is over the limits of AWS, and by how much', async () => {
    const long = `https://mirror.example/${'x'.repeat(1_500)}`;
    for (const words of [[], ['cloud-config']]) {
      const { code, stderr } = await say(['render', ...words, '--binaries-url', long]);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /the master's user data is too big: [\d,]+ bytes is [\d,]+ more than AWS's 16,384/,
      );
    }
    const url = `https://d/${'x'.repeat(16_400)}`;
    const { stderr } = await say(['render', '--blueprint', 'fleet', '--discovery-url', url]);
    expect(stderr).toContain("the node's user data is too big");
  });

  it('an error is an object with -o json', async () => {
    const { code, stderr } = await say(['render', 'unit', 'flanel', '-o', 'json']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr).error).toMatchObject({ fault: 'input', what: 'there is no unit "flanel"' });
  });
});
