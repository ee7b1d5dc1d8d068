/** Every file that the article writes, held against the article's own text, section by section. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KubecoreError } from '../../src/cluster/errors.ts';
import type { Role } from '../../src/cluster/model.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { cloudConfig, unitFile, unitNames } from '../../src/render/template.ts';

const article = (name: string): string =>
  readFileSync(new URL(`../fixtures/render/article/${name}`, import.meta.url), 'utf8');

interface CloudConfig {
  readonly coreos: {
    readonly etcd?: Readonly<Record<string, string>>;
    readonly fleet?: { readonly metadata: string };
    readonly units?: readonly {
      readonly name: string;
      readonly command: string;
      readonly content?: string;
    }[];
  };
}

/** `[THE URL FROM …]` in the article is where a URL belongs. */
const read = (text: string): CloudConfig['coreos'] =>
  (parse(text.replace(/\[THE URL.*\]/, 'https://d/1')) as CloudConfig).coreos;

const parameters = { ...DEFAULTS, discoveryUrl: 'https://d/1' };

describe('the sections of the article', () => {
  it('a single instance: the basic cloud-config, to the byte', () => {
    expect(cloudConfig('master', { ...parameters, blueprint: 'single' })).toBe(article('single.yml'));
  });

  it('fleet: etcd with its discovery URL, fleet.socket and fleet.service', () => {
    const ours = read(cloudConfig('master', { ...parameters, blueprint: 'fleet' }));
    const theirs = read(article('fleet.yml'));
    expect(ours).toEqual({ ...theirs, update: { group: 'alpha', 'reboot-strategy': 'off' } });
    expect(ours.etcd).toEqual(read(article('etcd.yml')).etcd);
  });

  it('fleet: all nodes are alike, and may announce public addresses', () => {
    const fleet = { ...parameters, blueprint: 'fleet', advertisedIp: 'public' } as const;
    expect(cloudConfig('minion', fleet)).toBe(cloudConfig('master', fleet));
    expect(read(cloudConfig('master', fleet)).etcd).toEqual({
      discovery: 'https://d/1',
      addr: '$public_ipv4:4001',
      'peer-addr': '$public_ipv4:7001',
    });
  });

  it.each<[string, Role]>([
    ['flannel.yml', 'master'],
    ['kube-download.yml', 'master'],
    ['master.yml', 'master'],
    ['minion.yml', 'minion'],
    ['kube-register.yml', 'master'],
  ])('%s: its units are those of a %s', (file, role) => {
    const { fleet, units = [] } = read(article(file));
    const ours = read(cloudConfig(role, parameters, 'published'));
    if (fleet !== undefined) expect(ours.fleet).toEqual(fleet);
    expect(units.length).toBeGreaterThan(0);
    for (const unit of units) {
      // Escaped once for JSON, which a literal block does not undo: systemd would read the backslashes.
      const content = unit.content?.replace(/\\(["\\])/g, '$1');
      expect(ours.units).toContainEqual({ ...unit, content });
    }
  });

  it('myapp.service: the container that fleet schedules, to the byte', () => {
    expect(unitFile('myapp.service', parameters, null, 'default')).toMatchObject({
      role: null,
      text: article('myapp.service'),
    });
  });
});

describe('unitFile', () => {
  const refusal = (name: string, role: Role | null = null): KubecoreError => {
    try {
      unitFile(name, parameters, role, 'default');
    } catch (error) {
      if (error instanceof KubecoreError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };

  it('gives every unit the text it has in the cloud-config of its role', () => {
    for (const name of unitNames().filter((one) => one !== 'myapp.service')) {
      const file = unitFile(name, parameters, null, 'default');
      const { units = [] } = read(cloudConfig(file.role ?? 'master', parameters));
      expect(units.find((unit) => unit.name === name)?.content).toBe(file.text);
      expect(unitFile(name.replace('.service', ''), parameters, null, 'default')).toEqual(file);
    }
    expect(unitNames()).toHaveLength(12);
  });

  it("gives a role's own", () => {
    expect(unitFile('flannel', parameters, 'master', 'default').text).toContain('flannel-download.service');
    expect(unitFile('flannel', parameters, 'minion', 'default').text).toContain('kube-download.service');
    expect(unitFile('docker', parameters, 'minion', 'published').text).toContain('Requires= docker.socket');
  });

  it('names the nearest unit, the role that has it, or who brings it', () => {
    expect(refusal('flanel')).toMatchObject({
      exitCode: 2,
      next: expect.stringContaining('did you mean flannel?'),
    });
    expect(refusal('kube-aspiserver.service').next).toContain('did you mean kube-apiserver.service?');
    expect(refusal('kube-register', 'minion')).toMatchObject({
      exitCode: 2,
      what: 'a minion has no kube-register.service',
    });
    expect(refusal('etcd')).toMatchObject({ exitCode: 2, what: 'etcd.service has no file of ours' });
  });
});
