/**
 * Owns the part of the command tree that works on a cluster that is there: looking, logging in, scale, run. Each command's
 * code is loaded when it runs. unit-tree.ts and kind-tree.ts have fleet's units and kubecfg's kinds.
 */
import type { Command } from 'commander';
import { type Act, collect, examples, hostOption } from './command-tree.ts';
import { addKind, KINDS } from './kind-tree.ts';
import { addParameterOptions } from './parameter-options.ts';
import { addUnit } from './unit-tree.ts';

/** status, console, logs, ssh and events. */
export function addCluster(program: Command, act: Act): void {
  hostOption(program.command('status').argument('[cluster]'))
    .description('one look at machines, units, minions, pods; exit code 1 when unhealthy')
    .option('--only <kinds>', 'machines, units, minions, pods, services, controllers (comma-separated)')
    .option('--watch', 'look again and again: redrawn on a terminal, changes as lines in a pipe')
    .addHelpText(
      'after',
      examples([
        'kubecore status --sandbox',
        'kubecore status -o json | jq .health',
        'kubecore status --watch --only machines,minions',
        'kubecore status --host core@ec2-54-211-93-34.compute-1.amazonaws.com --identity coreos.pem',
      ]),
    )
    .action(act(async () => (await import('./commands/status.ts')).status));

  hostOption(program.command('console').argument('[cluster]'))
    .description('the live panes')
    .addHelpText('after', examples(['kubecore console --sandbox', 'kubecore console --host 54.211.93.34']))
    .action(act(async () => (await import('./commands/console.ts')).console));

  hostOption(
    program
      .command('logs')
      .argument('[unit...]', "units (.service may be left out) or globs, such as 'kube-*'"),
  )
    .description('log lines of units, from every node they run on, in order of time')
    .option(
      '--machine <id>',
      'only on this machine: id (or its beginning), address or role; repeatable',
      collect,
    )
    .option(
      '-n, --lines <n>',
      'so many last lines of each unit on each node, or all [50; 10000 with --grep; all with --since]',
    )
    .option('--since <time>', '10m, "2 hours ago", today, RFC 3339, or "2014-11-22 16:00" of the node')
    .option('--until <time>', 'the same')
    .option('--grep <regex>', "only lines that match (RE2's syntax); repeatable: any of them", collect)
    .option('--exclude <regex>', 'no lines that match; repeatable', collect)
    .option('--highlight <regex>', 'mark what matches, on a terminal; repeatable', collect)
    .option('-f, --follow', 'go on as lines come, through lost connections and to where units move')
    .addHelpText(
      'after',
      examples([
        'kubecore logs kube-register --sandbox --lines 20',
        "kubecore logs 'kube-*' --machine master --since 10m --grep 'error|fail'",
        'kubecore logs etcd fleet --follow -o json',
        'kubecore logs --machine 10.0.0.12 --since 2014-11-22T16:00:00Z',
        'kubecore logs myapp --host 54.211.93.34 --since "10 min ago"',
      ]),
    )
    .action(act(async () => (await import('./commands/logs.ts')).logs));

  hostOption(
    program
      .command('ssh')
      .argument('[machine]', 'id (or its beginning), address or role; the master when left out')
      .argument('[command...]', 'after --: one command there instead of a shell'),
  )
    .option('-A, --forward-agent', 'let programs over there use your ssh-agent')
    .description('a shell on a node, or one command there')
    .addHelpText(
      'after',
      examples([
        'kubecore ssh --sandbox',
        'kubecore ssh master -- fleetctl list-machines',
        'kubecore ssh --host 54.211.93.34',
      ]),
    )
    .action(act(async () => (await import('./commands/ssh.ts')).ssh));

  hostOption(program.command('ssh-config').argument('[cluster]'))
    .description(
      'a block for ~/.ssh/config: stock ssh, scp and sftp reach each machine by name, through the master',
    )
    .addHelpText(
      'after',
      examples([
        'kubecore ssh-config >> ~/.ssh/config',
        'kubecore ssh-config --sandbox > sandbox.conf && ssh -F sandbox.conf kubernetes-minion-1 uptime',
        'scp -F sandbox.conf myapp.service kubernetes-master:',
      ]),
    )
    .action(act(async () => (await import('./commands/ssh-config.ts')).sshConfig));

  hostOption(program.command('tunnel').argument('[cluster]'))
    .description(
      'the API server and fleet on ports of this computer, until Ctrl-C; prints what kubecfg and fleetctl need',
    )
    .option('--api-port <port>', 'for the API server, on 127.0.0.1 [a free one]')
    .option('--fleet-port <port>', 'for fleet, on 127.0.0.1 [a free one]')
    .addHelpText(
      'after',
      examples([
        'kubecore tunnel --api-port 8080',
        'curl http://127.0.0.1:8080/api/v1beta1/pods',
        'kubecore tunnel --sandbox -o json | head -n 1',
      ]),
    )
    .action(act(async () => (await import('./commands/tunnel.ts')).tunnel));

  program
    .command('events')
    .argument('[cluster]')
    .description("the stack's events")
    .option('-f, --follow', 'go on as events come')
    .addHelpText('after', examples(['kubecore events --sandbox', 'kubecore events web --follow -o json']))
    .action(act(async () => (await import('./commands/events.ts')).events));
}

/** unit, pods, services, controllers, minions, run, scale, completion and doctor. */
export function addVerbs(program: Command, act: Act): void {
  addUnit(program, act);
  for (const kind of KINDS) addKind(program, act, kind);

  hostOption(
    program
      .command('run')
      .argument('[machine]', 'id (4 letters of it or more), address or master; the master when left out')
      .argument('[image]', 'it alone must be given')
      .argument('[command...]', 'put -- before it when it has options'),
  )
    // commander knows no optional word before one that must be there: the command itself asks for it.
    .usage('[options] [machine] <image> [command...]')
    .description('docker run on a node, with its output and exit code')
    .addHelpText(
      'after',
      examples([
        'kubecore run hello-world',
        "kubecore run busybox /bin/echo 'hullo, world!'",
        "kubecore run 10.0.0.12 busybox -- sh -c 'uname -r; exit 3'",
      ]),
    )
    .action(act(async () => (await import('./commands/run.ts')).run));

  program
    .command('scale')
    .argument('<n>', 'minions, 2 to 256; of a fleet its machines, 1 to 256')
    .description("change the number of minions, or of a fleet's machines, and wait until they are there")
    .option('--yes', 'start what AWS bills, or end machines, without asking')
    .addHelpText(
      'after',
      examples(['kubecore scale 4', 'kubecore scale 2 --yes --sandbox', 'kubecore scale 5 --cluster web']),
    )
    .action(act(async () => (await import('./commands/scale.ts')).scale));

  addParameterOptions(program.command('change').argument('[cluster]'))
    .description('other parameters for a cluster that runs: what that would do is shown before it is done')
    .option('--yes', 'change it without asking')
    .addHelpText(
      'after',
      examples([
        'kubecore change web --instance-type m3.large',
        'kubecore change --allow-ssh-from 203.0.113.0/24 --yes --sandbox',
        'kubecore change --ami ami-0a1b2c3d -o json --yes',
      ]),
    )
    .action(act(async () => (await import('./commands/change.ts')).change));

  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description("a shell's completion of these commands, to standard output")
    .addHelpText(
      'after',
      examples([
        'kubecore completion bash > ~/.local/share/bash-completion/completions/kubecore',
        'kubecore completion zsh > "$' + '{fpath[1]}/_kubecore"',
        'kubecore completion fish > ~/.config/fish/completions/kubecore.fish',
      ]),
    )
    .action(act(async () => (await import('./commands/completion.ts')).completionFor(program)));

  hostOption(program.command('__complete', { hidden: true }).argument('[kind]'))
    .description('live names, for the completion scripts')
    .addHelpText('after', examples(['kubecore __complete units --sandbox']))
    .action(act(async () => (await import('./commands/complete.ts')).complete));

  program
    .command('doctor')
    .description('what kubecore finds here: versions, terminal, credentials, keys, files, the sandbox')
    .addHelpText('after', examples(['kubecore doctor', 'kubecore doctor -o json']))
    .action(act(async () => (await import('./commands/doctor.ts')).doctor));

  hostOption(program.command('report').argument('[cluster]'))
    .description(
      'what a maintainer needs to understand a trouble, without secrets: shown, and written when you say so',
    )
    .option('--file <file>', 'write it there, after it was shown')
    .option('--yes', 'write without asking')
    .addHelpText(
      'after',
      examples(['kubecore report --sandbox', 'kubecore report web --file report.txt --yes']),
    )
    .action(act(async () => (await import('./commands/report.ts')).report));

  program
    .command('man')
    .description("kubecore's manual page, as man reads it")
    .addHelpText('after', examples(['kubecore man | man -l -', 'kubecore man > kubecore.1']))
    .action(act(async () => (await import('./commands/man.ts')).manFor(program)));
}
