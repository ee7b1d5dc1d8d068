/** Holds what is said of units and unit files that are not there. */
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { unitWords, unknownUnit } from '../../src/cli/commands/unit-words.ts';

const known = (...names: string[]) =>
  names.map((name) => ({ name, desired: 'launched', global: false, description: null }) as never);

test('a near name is meant, one that shares only its suffix is not', () => {
  const files = known('myapp.service', 'web.socket');
  expect(unknownUnit('myap.service', files, false).next).toContain('did you mean myapp.service?');
  expect(unknownUnit('nope.service', files, false).next).toBe('kubecore unit list shows all');
  expect(unknownUnit('webb.socket', files, false).next).toContain('did you mean web.socket?');
});

test('where fleet knows nothing: a file for what takes one, where to look for what does not', () => {
  expect(unknownUnit('kube-proxy.service', [], true).next).toContain('kubecore unit start FILE');
  expect(unknownUnit('kube-proxy.service', [], false).next).toContain('kubecore logs UNIT');
});

test('a path that is no file, and one that is nothing', async () => {
  await expect(unitWords([tmpdir()], '/')).rejects.toMatchObject({ why: 'what is there is no file' });
  await expect(unitWords(['./nosuch.service'], '/')).rejects.toMatchObject({
    why: 'no file of that name is here',
  });
});
