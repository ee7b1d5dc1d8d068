/** The published form under cfn-lint, where it is on PATH. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publishedTemplate, templateYaml } from '../../src/render/template.ts';
import { describeWithPeer } from './peers.ts';

interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
}

/** cfn-lint exits non-zero with findings; they are on standard output either way. */
async function lint(body: string, name: string): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kubecore-cfn-lint-'));
  try {
    const file = join(folder, name);
    await writeFile(file, body);
    const stdout = await new Promise<string>((resolve, reject) => {
      execFile('cfn-lint', ['--format', 'json', file], (error, out, err) =>
        out === '' && error !== null ? reject(new Error(err)) : resolve(out),
      );
    });
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describeWithPeer('cfn-lint', () => {
  it.each([
    ['kubernetes.json', JSON.stringify(publishedTemplate())],
    ['kubernetes.yml', templateYaml(publishedTemplate())],
  ])(
    'finds in %s only that launch configurations are in maintenance',
    { timeout: 60_000 },
    async (name, body) => {
      const findings = await lint(body, name);
      expect(findings.map((finding) => finding.Rule.Id)).toEqual(['W3697', 'W3697']);
      for (const { Message } of findings) expect(Message).toContain('AWS::AutoScaling::LaunchConfiguration');
    },
  );
});
