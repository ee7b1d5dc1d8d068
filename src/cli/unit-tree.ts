/** Owns `kubecore unit …` in the command tree: fleet's units. */
import type { Command } from 'commander';
import { type Act, examples, hostOption } from './command-tree.ts';

export function addUnit(program: Command, act: Act): void {
  const unit = hostOption(program.command('unit'))
    .description("fleet's units: started, stopped, looked at, by name or from a file")
    .addHelpText(
      'after',
      examples([
        'kubecore unit start myapp.service',
        'kubecore unit status myapp',
        'kubecore unit destroy myapp --yes',
      ]),
    );
  const name = 'a unit (.service may be left out), or a unit file here';
  const verbs = () => import('./commands/unit.ts');

  unit
    .command('list')
    .description('every unit that fleet knows, and where it runs')
    .addHelpText('after', examples(['kubecore unit list', 'kubecore unit list -o json']))
    .action(act(async () => (await import('./commands/unit-look.ts')).unitList));
  unit
    .command('start')
    .argument('<name|file...>', name)
    .description('start units, submitting files first, and wait until they run')
    .option('--no-wait', 'only ask for it')
    .option('--timeout <seconds>', 'wait so long for a unit to run', '600')
    .option('--name <unit>', 'what the unit file from standard input (-) is called')
    .addHelpText(
      'after',
      examples([
        'kubecore unit start myapp.service',
        'kubecore unit start web@1 web@2 --no-wait',
        'kubecore render unit myapp.service | kubecore unit start - --name myapp.service',
      ]),
    )
    .action(act(async () => (await verbs()).unitStart));
  unit
    .command('load')
    .argument('<name|file...>', name)
    .description('give units a machine without starting them')
    .option('--no-wait', 'only ask for it')
    .option('--name <unit>', 'what the unit file from standard input (-) is called')
    .addHelpText('after', examples(['kubecore unit load myapp.service']))
    .action(act(async () => (await verbs()).unitLoad));
  unit
    .command('submit')
    .argument('<file...>', 'unit files here')
    .description('give unit files to fleet without starting them')
    .option('--name <unit>', 'what the unit file from standard input (-) is called')
    .addHelpText('after', examples(['kubecore unit submit web@.service']))
    .action(act(async () => (await verbs()).unitSubmit));
  unit
    .command('stop')
    .argument('<name...>', name)
    .description('stop units; they keep their machine')
    .option('--no-wait', 'only ask for it')
    .addHelpText('after', examples(['kubecore unit stop myapp']))
    .action(act(async () => (await verbs()).unitStop));
  unit
    .command('unload')
    .argument('<name...>', name)
    .description('stop units and take them from their machine')
    .option('--no-wait', 'only ask for it')
    .addHelpText('after', examples(['kubecore unit unload myapp']))
    .action(act(async () => (await verbs()).unitUnload));
  unit
    .command('destroy')
    .argument('<name...>', name)
    .description('stop units and have fleet forget them')
    .option('--yes', 'destroy without asking')
    .addHelpText('after', examples(['kubecore unit destroy myapp --yes']))
    .action(act(async () => (await verbs()).unitDestroy));
  unit
    .command('status')
    .argument('<name...>', name)
    .description('what systemd says of units, with their last log lines; exit code 1 unless all are active')
    .addHelpText('after', examples(['kubecore unit status myapp', 'kubecore unit status myapp -o json']))
    .action(act(async () => (await import('./commands/unit-look.ts')).unitStatus));
  unit
    .command('cat')
    .argument('<name>', name)
    .description('the unit file as fleet has it')
    .addHelpText('after', examples(['kubecore unit cat myapp']))
    .action(act(async () => (await import('./commands/unit-look.ts')).unitCat));
}
