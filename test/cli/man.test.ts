/** Holds the manual page to the command tree, and to the programs that format it. */
import { execFileSync, spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { manPage } from '../../src/cli/man-text.ts';
import { define } from '../../src/cli/program.ts';
import { describeWherePresent, describeWithPeer } from '../render/peers.ts';

const program = define(() => async () => {});
const page = manPage(program, '1.2.3');
/** What a reader sees: without overstrikes, in one line. */
const plain = (text: string): string =>
  text
    .replace(/.\x08/g, '')
    .replace(/\x1b\[[\d;]*m/g, '')
    .replace(/\s+/g, ' ');

const visible = (command: Command, words: readonly string[] = []): readonly (readonly string[])[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .flatMap((inner) => [[...words, inner.name()], ...visible(inner, [...words, inner.name()])]);

test('every command that --help shows is in it, and no other', () => {
  for (const words of visible(program))
    expect(page).toContain(`.SS "kubecore ${words.join(' ').replaceAll('-', '\\-')}"`);
  expect(page).not.toContain('__complete');
  expect(page).not.toContain('daemon');
  expect(page.match(/^\.SH .*/gm)).toEqual(
    [
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'OPTIONS',
      'COMMANDS',
      'EXIT STATUS',
      'ENVIRONMENT',
      'FILES',
      'SEE ALSO',
    ].map((title) => `.SH ${title}`),
  );
});

const reads = (tool: string, args: readonly string[], strict: readonly string[]) =>
  test('formats it without a complaint, with all its words', () => {
    // Wide: a long word that fits in no narrow line is no fault of the page.
    const wide = { ...process.env, MANWIDTH: '200', LC_ALL: 'C.UTF-8' };
    const checked = spawnSync(tool, strict, { input: page, encoding: 'utf8', env: wide });
    expect(checked.stderr).toBe('');
    const env = { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' };
    const text = plain(execFileSync(tool, args, { input: page, encoding: 'utf8', env }));
    expect(text).toContain('kubecore logs [options] [unit...]');
    expect(text).toContain("kubecore logs 'kube-*' --machine master --since 10m --grep 'error|fail'");
    expect(text).toContain('--cluster <name> the cluster, where there are several');
    expect(text).toMatch(/EXIT STATUS 0 done 1 it ran/);
  });

describeWithPeer('groff', () =>
  reads('groff', ['-man', '-Tutf8', '-rLL=100n'], ['-man', '-Tutf8', '-rLL=200n', '-ww', '-Wbreak', '-z']),
);
describeWithPeer('man', () => reads('man', ['-l', '-'], ['-l', '--warnings', '-']));
describeWherePresent('mandoc', () => reads('mandoc', ['-T', 'utf8'], ['-T', 'lint', '-W', 'error']));
