/** Owns the part of the command tree that is about settings: init and config. Each command's code is loaded when it runs. */
import type { Command } from 'commander';
import { type Act, examples } from './command-tree.ts';
import { addParameterOptions } from './parameter-options.ts';

export function addConfig(program: Command, act: Act): void {
  addParameterOptions(
    program
      .command('init')
      .description('write a config file, kubecore.yaml, from flags and on a terminal from a few answers'),
  )
    .option('--print', 'print it instead of writing it')
    .option('--force', 'set the values in a file that is there already; its comments stay')
    .option('--schema <ref>', "path or address of the schema, for editors [the program's own]")
    .option('--yes', 'ask nothing: what no flag says stays a comment')
    .addHelpText(
      'after',
      examples([
        'kubecore init',
        'kubecore init --name web --cluster-size 4 --region eu-west-1 --yes',
        'kubecore init --force --cluster-size 6',
        'kubecore init --print --config ~/.config/kubecore/kubecore.yaml',
      ]),
    )
    .action(act(async () => (await import('./commands/init.ts')).init));

  addParameterOptions(
    program
      .command('config')
      .description(
        'every setting, its value, and where it comes from: a flag, the environment (KUBECORE_CLUSTER_SIZE for cluster-size), the config file or the default',
      ),
  )
    .option('--schema', "the config file's JSON Schema")
    .addHelpText(
      'after',
      examples([
        'kubecore config',
        'KUBECORE_REGION=eu-west-1 kubecore config -o json',
        'kubecore config --schema > kubecore.schema.json',
      ]),
    )
    .action(act(async () => (await import('./commands/config.ts')).config));
}
