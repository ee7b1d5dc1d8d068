/** Owns `kubecore pods | services | controllers | minions …` in the command tree: kubecfg's kinds. */
import type { Command } from 'commander';
import { type Act, examples, hostOption } from './command-tree.ts';

export const KINDS = ['pods', 'services', 'controllers', 'minions'] as const;
const EXAMPLE = { pods: 'redis-master', services: 'redis', controllers: 'frontend', minions: '10.0.0.12' };

export function addKind(program: Command, act: Act, kind: (typeof KINDS)[number]): void {
  const words = kind === 'controllers' ? 'replication controllers' : kind;
  const parent = hostOption(program.command(kind))
    .description(
      `Kubernetes's ${words}: list, get, create, delete${kind === 'controllers' ? ', resize, update' : ''}`,
    )
    .addHelpText(
      'after',
      examples([
        `kubecore ${kind} list`,
        `kubecore ${kind} get ${EXAMPLE[kind]} -o yaml`,
        ...(kind === 'controllers' ? ['kubecore controllers resize frontend 3'] : []),
        `kubecore ${kind} delete ${EXAMPLE[kind]} --yes`,
      ]),
    );
  const verbs = () => import('./commands/kube.ts');

  const list = parent.command('list').description(`all ${words}`);
  // Minions of Kubernetes 0.4 have no labels: the API server answers any selector with all of them.
  if (kind !== 'minions')
    list.option('--selector <labels>', 'only those with these labels: name=web,tier=front');
  list
    .addHelpText('after', examples([`kubecore ${kind} list`, `kubecore ${kind} list -o json`]))
    .action(act(async () => (await verbs()).list(kind)));
  parent
    .command('get')
    .argument('<name>')
    .description('one by its name; with -o json or yaml as the API server gives it')
    .addHelpText('after', examples([`kubecore ${kind} get ${EXAMPLE[kind]} -o yaml`]))
    .action(act(async () => (await verbs()).get(kind)));
  parent
    .command('create')
    .argument('<file...>', 'JSON or YAML (v1beta1), - for standard input')
    .description(`create ${words} from files`)
    .addHelpText(
      'after',
      examples([`kubecore ${kind} create ${EXAMPLE[kind]}.json`, `kubecore ${kind} create - < my.yaml`]),
    )
    .action(act(async () => (await verbs()).create(kind)));
  parent
    .command('delete')
    .argument('<name...>')
    .description(
      kind === 'controllers'
        ? 'delete by name; the pods go on running unless the controller was resized to 0'
        : 'delete by name',
    )
    .option('--yes', 'delete without asking')
    .addHelpText('after', examples([`kubecore ${kind} delete ${EXAMPLE[kind]} --yes`]))
    .action(act(async () => (await verbs()).remove(kind)));
  if (kind !== 'controllers') return;
  parent
    .command('resize')
    .argument('<name>')
    .argument('<n>', 'replicas')
    .description('set the number of pods')
    .addHelpText('after', examples(['kubecore controllers resize frontend 3']))
    .action(act(async () => (await verbs()).resize));
  parent
    .command('update')
    .argument('<name>')
    .requiredOption('--image <image>', 'the new image')
    .option('--period <seconds>', 'pause between two pods', '60')
    .description('change the image, one pod after the other')
    .addHelpText('after', examples(['kubecore controllers update frontend --image web:2 --period 10']))
    .action(act(async () => (await verbs()).update));
}
