/** The YAML under other people's readers: each must find in it what the JSON says. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { cloudConfig, launchTemplate, publishedTemplate, templateYaml } from '../../src/render/template.ts';
import { describeWherePresent, describeWithPeer } from './peers.ts';

const TEMPLATES = [
  ['default', launchTemplate(DEFAULTS, 'us-east-1')],
  ['published', publishedTemplate()],
] as const;

const CLOUD_CONFIGS = [
  ['single', cloudConfig('master', { ...DEFAULTS, blueprint: 'single' })],
  ['fleet', cloudConfig('master', { ...DEFAULTS, blueprint: 'fleet' })],
  ['master', cloudConfig('master', DEFAULTS)],
  ['minion', cloudConfig('minion', DEFAULTS)],
] as const;

function readsAlike(tool: string, args: readonly string[]): void {
  const read = (text: string): unknown =>
    JSON.parse(
      execFileSync(tool, args, { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] }),
    );
  it.each(TEMPLATES)('reads the %s form as the JSON says', (_, template) => {
    expect(read(templateYaml(template))).toEqual(JSON.parse(JSON.stringify(template)));
  });
  it.each(CLOUD_CONFIGS)('reads the cloud-config of %s, its `off` apart', (_, text) => {
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    const expected = parse(text);
    // These are readers of YAML 1.1, where a bare `off` is false; coreos-cloudinit took it for the word.
    expected.coreos.update['reboot-strategy'] = false;
    expect(read(text)).toEqual(expected);
  });
}

describeWithPeer('python3', () => {
  readsAlike('python3', ['-c', 'import sys, json, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)']);
}, ['-c', 'import yaml']);

describeWherePresent('ruby', () => {
  readsAlike('ruby', ['-ryaml', '-rjson', '-e', 'print YAML.load(STDIN.read).to_json']);
});
