/** `kubecore render --diff` against the sandbox's cloud, and the difference itself against stock diff and patch. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unifiedDiff } from '../../src/cli/render-diff.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { publishedTemplate, renderTemplate, templateParameters } from '../../src/render/template.ts';
import { describeWithPeer } from '../render/peers.ts';
import { createStack, type Lab, openLab } from '../sandbox/cloud/lab.ts';
import { say } from './render-host.ts';

const ANSWERS = { discoveryUrl: 'http://127.0.0.1:1/d/1', allowSshFrom: '192.0.2.1/32', keyPair: 'coreos' };

describe('render --diff', () => {
  let lab: Lab;

  beforeEach(async () => {
    lab = await openLab();
    vi.stubEnv('AWS_ENDPOINT_URL', lab.endpoint.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'KUBECORESANDBOX');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'sandbox');
    vi.stubEnv('AWS_PROFILE', undefined);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await lab[Symbol.asyncDispose]();
  });

  const diff = (...words: string[]) =>
    say(['render', '--diff', '--region', 'us-east-1', ...words], {
      env: { AWS_ENDPOINT_URL: lab.endpoint.url },
    });

  const run = async (body: string, parameters: Record<string, string> = {}): Promise<void> => {
    await createStack(lab, { body, parameters });
    expect(await lab.until('kubernetes', /COMPLETE|FAILED/)).toBe('CREATE_COMPLETE');
  };

  it('prints nothing and ends with 0 when what runs is what would be rendered', async () => {
    const parameters = { ...DEFAULTS, clusterSize: 3, dockerCidr: '10.1.0.0/16' };
    await run(renderTemplate(parameters, 'us-east-1').body, templateParameters(parameters, ANSWERS));
    expect(await diff()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await diff('--cluster-size', '3')).toMatchObject({ code: 0, stdout: '' });
  });

  it('ends with 1 and shows what a flag would change, in the template and in its values', async () => {
    await run(renderTemplate(DEFAULTS, 'us-east-1').body, templateParameters(DEFAULTS, ANSWERS));
    const { code, stdout } = await diff('--cluster-size', '5', '--update-group', 'stable');
    expect(code).toBe(1);
    const changed = stdout.split('\n').filter((line) => /^[-+]/.test(line));
    expect(changed).toEqual([
      '--- kubernetes (running)',
      '+++ kubernetes (rendered)',
      ...['master', 'minion'].flatMap(() => [
        String.raw`-                - "    group: alpha\n"`,
        String.raw`+                - "    group: stable\n"`,
      ]),
      '-ClusterSize: "2"',
      '+ClusterSize: "5"',
    ]);
  });

  it('shows how far a stack of the published form is from the default one, and that it is published', async () => {
    await run(JSON.stringify(publishedTemplate()));
    const { code, stdout } = await diff('-o', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ cluster: 'kubernetes', differs: true });
    expect(JSON.parse(stdout).diff).toContain('+    Type: AWS::EC2::LaunchTemplate');
    expect(await diff('--as-published')).toMatchObject({ code: 0, stdout: '' });
  });

  it('lets nothing that a template holds command the terminal', async () => {
    const body = JSON.stringify({ ...publishedTemplate(), Description: 'a\u001b]0;owned\u0007 \u009b2Jb' });
    await run(body);
    const { stdout } = await diff();
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it('says that there is no cluster to compare with', async () => {
    const { code, stderr } = await diff();
    expect(code).toBe(2);
    expect(stderr).toContain('there is no cluster in us-east-1');
  });
});

const lines = fc
  .array(fc.constantFrom('a', 'b', 'c', '', '- d'), { maxLength: 40 })
  .map((all) => all.map((line) => `${line}\n`).join(''));

describe('unifiedDiff', () => {
  it('is empty for equal texts', () => {
    expect(unifiedDiff({ label: 'a', text: 'x\n' }, { label: 'b', text: 'x\n' })).toBe('');
  });

  describeWithPeer('diff', () => {
    it('marks as many hunks as stock diff does for changes that stand apart', () => {
      const text = Array.from({ length: 60 }, (_, n) => `line ${n}\n`).join('');
      const after = text
        .replace('line 0\n', '')
        .replace('line 20\n', 'other\n')
        .replace('line 59\n', 'line 59\nend\n');
      const folder = mkdtempSync(join(tmpdir(), 'kubecore-diff-'));
      try {
        writeFileSync(join(folder, 'a'), text);
        writeFileSync(join(folder, 'b'), after);
        const theirs = spawnSync('diff', ['-u', '--label', 'a', '--label', 'b', 'a', 'b'], {
          cwd: folder,
          encoding: 'utf8',
        });
        expect(unifiedDiff({ label: 'a', text }, { label: 'b', text: after })).toBe(theirs.stdout);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  describeWithPeer('patch', () => {
    it('is what patch makes the one text of the other with', () => {
      const folder = mkdtempSync(join(tmpdir(), 'kubecore-patch-'));
      const file = join(folder, 'a');
      try {
        fc.assert(
          fc.property(lines, lines, (before, after) => {
            const made = unifiedDiff({ label: 'a', text: before }, { label: 'a', text: after });
            writeFileSync(file, before);
            if (made !== '')
              execFileSync('patch', ['--quiet', '--fuzz=0', '--no-backup-if-mismatch', file], {
                input: made,
              });
            expect(made === '' ? before : readOrEmpty(file)).toBe(after);
          }),
          { numRuns: 60 },
        );
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});

/** patch removes a file that it emptied. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
