/** Owns the words that name a command of the tree. */
import type { Command } from 'commander';

/** `unit start`; `kubecore` for the program itself. */
export function commandPath(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name());
  return words.slice(1).join(' ') || 'kubecore';
}
