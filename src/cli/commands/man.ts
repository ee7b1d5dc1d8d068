/** Owns `kubecore man`: the manual page, made from the command tree. The build writes it to man/kubecore.1. */
import type { Command } from 'commander';
import { EXIT } from '../../cluster/errors.ts';
import type { Run } from '../command-tree.ts';
import { manPage } from '../man-text.ts';
import { VERSION } from '../version.ts';

export const manFor =
  (program: Command): Run =>
  async ({ io }) => {
    await io.out(manPage(program, VERSION));
    return EXIT.done;
  };
