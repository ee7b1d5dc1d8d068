/** Holds what is said of a command line that was not understood. */
import { expect, test } from 'vitest';
import { say } from './render-host.ts';

test.each([
  ['statsu', 'did you mean kubecore status?'],
  ['help statsu', 'did you mean kubecore status?'],
  ['unit strat x', 'did you mean start?'],
  ['pods lits', 'did you mean list?'],
  ['up --cluster-siz 4', 'did you mean --cluster-size?'],
  ['config --regon x', 'did you mean --region?'],
  ['events --folow', 'did you mean --follow?'],
  ['-o jsn list', 'did you mean json?'],
  ['iam-policy --blueprint flet', 'did you mean fleet?'],
  ['completion bsh', 'did you mean bash?'],
  ['keys create', 'kubecore keys create --help shows how it is called'],
  ['controllers resize x', 'kubecore controllers resize --help shows how it is called'],
  ['list too many', 'kubecore list --help shows how it is called'],
  ['run --memory 1g busybox', 'put -- before a command for the node'],
  ['run', 'write kubecore run [MACHINE] IMAGE [COMMAND…]'],
  ['nonsense', 'kubecore --help lists the commands'],
])('%s: %s', async (words, next) => {
  const ran = await say(words.split(' '));
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(/^kubecore: .+: .+\nnext: .+\n$/);
  expect(ran.stderr).toContain(`next: ${next}`);
});

test.each(['json', 'yaml'])('as a record with -o %s', async (format) => {
  for (const words of [['unit'], ['statsu'], ['keys', 'create']]) {
    const ran = await say([...words, '-o', format]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({
      error: { fault: 'input' },
    });
  }
});

test('help by a word, by -h and by --help, of the program and of a command', async () => {
  const ran = await Promise.all(
    [['help'], ['-h'], ['--help'], ['help', 'logs'], ['logs', '-h'], ['unit', 'help']].map((words) =>
      say(words),
    ),
  );
  for (const { code, stderr } of ran) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
