/** Owns `kubecore completion`: a shell's script, made from the command tree that it completes. */
import type { Command } from 'commander';
import { EXIT, inputError } from '../../cluster/errors.ts';
import { nearest } from '../../cluster/parameters.ts';
import type { Run } from '../command-tree.ts';
import { bashCompletion, completionNodes, fishCompletion, zshCompletion } from '../completion-text.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export const completionFor =
  (program: Command): Run =>
  async ({ io }, [shell = '']) => {
    if (!Object.hasOwn(SHELLS, shell))
      throw inputError(
        `there is no completion for "${shell}"`,
        `there is one for ${Object.keys(SHELLS).join(', ')}`,
        `did you mean ${nearest(shell, Object.keys(SHELLS))}?`,
      );
    await io.out(SHELLS[shell as keyof typeof SHELLS](completionNodes(program)));
    return EXIT.done;
  };
