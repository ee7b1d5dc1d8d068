/** Both forms under cfn-lint, where it is on PATH. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { launchTemplate, publishedTemplate, type Template, templateYaml } from '../../src/render/template.ts';
import { describeWithPeer } from './peers.ts';

interface Finding {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
}

/** cfn-lint exits non-zero with findings; they are on standard output either way. */
const lint = (files: readonly string[]): Promise<readonly Finding[]> =>
  new Promise((resolve, reject) => {
    execFile('cfn-lint', ['--format', 'json', ...files], (error, out, err) =>
      out === '' && error !== null ? reject(new Error(err)) : resolve(JSON.parse(out)),
    );
  });

describeWithPeer('cfn-lint', () => {
  let folder: string;
  let findings: readonly Finding[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubecore-cfn-lint-'));
    const write = async (name: string, template: Template): Promise<string[]> => {
      const [json, yaml] = [join(folder, `${name}.json`), join(folder, `${name}.yml`)];
      await writeFile(json, JSON.stringify(template));
      await writeFile(yaml, templateYaml(template));
      return [json, yaml];
    };
    // One run for all: it takes its time to start.
    findings = await lint([
      ...(await write('published', publishedTemplate())),
      ...(await write('default', launchTemplate(DEFAULTS, 'us-east-1'))),
    ]);
  });

  afterAll(() => rm(folder, { recursive: true }));

  const found = (file: string): readonly Finding[] =>
    findings.filter(({ Filename }) => basename(Filename) === file);

  it.each(['default.json', 'default.yml'])('finds nothing in %s', (file) => {
    expect(found(file)).toEqual([]);
  });

  it.each(['published.json', 'published.yml'])(
    'finds in %s only that launch configurations are in maintenance',
    (file) => {
      expect(found(file).map(({ Rule }) => Rule.Id)).toEqual(['W3697', 'W3697']);
      for (const { Message } of found(file))
        expect(Message).toContain('AWS::AutoScaling::LaunchConfiguration');
    },
  );
});
