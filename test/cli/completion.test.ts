/** Holds completion to the command tree, in a real bash where there is one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import {
  bashCompletion,
  completionNodes,
  fishCompletion,
  zshCompletion,
} from '../../src/cli/completion-text.ts';
import { define } from '../../src/cli/program.ts';

const exec = promisify(execFile);
const nodes = completionNodes(define(() => async () => {}));
const words = (text: string): string[] => text.trim().split(/\s+/);

/** Whether a shell is on this computer. */
const has = (shell: string): Promise<boolean> =>
  exec(shell, ['-c', 'true']).then(
    () => true,
    () => false,
  );

test('every command and option is there', () => {
  const paths = nodes.map(({ path }) => path.join(' '));
  for (const path of ['', 'up', 'unit start', 'controllers resize', 'sandbox fault', 'completion'])
    expect(paths).toContain(path);
  const start = nodes.find(({ path }) => path.join(' ') === 'unit start');
  const names = start?.options.flatMap((option) => option.names) ?? [];
  for (const name of ['--no-wait', '--timeout', '--host', '--sandbox', '-o', '--help'])
    expect(names).toContain(name);
  expect(names).not.toContain('--daemon');
});

test.each([
  [
    ['kubecore', ''],
    ['up', 'unit', 'pods', 'doctor'],
  ],
  [
    ['kubecore', 'unit', 'st'],
    ['start', 'stop', 'status'],
  ],
  [['kubecore', '--cluster', 'unit', 'controllers', 're'], ['resize']],
  [['kubecore', 'unit', '--host', 'x', 'start', '--no-w'], ['--no-wait']],
  [
    ['kubecore', 'status', '-o', ''],
    ['text', 'json', 'yaml'],
  ],
  [['kubecore', 'completion', 'z'], ['zsh']],
])('bash completes %j', async (typed, wanted) => {
  const script = `${bashCompletion(nodes)}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _kubecore; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await exec('bash', ['-c', script, 'bash', ...typed]);
  const found = words(stdout);
  for (const word of wanted) expect(found).toContain(word);
  if (wanted.length < 4) expect(found).toHaveLength(wanted.length);
});

let zsh = false;
let fish = false;
beforeAll(async () => {
  [zsh, fish] = await Promise.all([has('zsh'), has('fish')]);
});

test('zsh and fish take their scripts', async ({ skip }) => {
  expect(zshCompletion(nodes)).toMatch(/^#compdef kubecore/);
  expect(fishCompletion(nodes)).toContain(
    `complete -c kubecore -f -n 'test (__kubecore_path) = "unit"' -a start -d`,
  );
  if (!zsh && !fish) skip('neither zsh nor fish is on this computer');
  if (zsh) await exec('zsh', ['-n', '-c', zshCompletion(nodes)]);
  if (fish) {
    const script = `${fishCompletion(nodes)}\ncomplete -C 'kubecore unit st'`;
    expect((await exec('fish', ['-c', script])).stdout).toContain('start');
  }
});

test('each command says what it is and gives examples', () => {
  const program = define(() => async () => {});
  const bare: string[] = [];
  const visit = (command: ReturnType<typeof define>, path: string): void => {
    let help = '';
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    if (path !== '' && (!help.includes('Examples:') || command.description() === '')) bare.push(path);
    for (const inner of command.commands) visit(inner, `${path} ${inner.name()}`.trim());
  };
  visit(program, '');
  expect(bare).toEqual([]);
});
