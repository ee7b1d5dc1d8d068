/**
 * Owns the command line: which commands there are, their options and help, and how an end becomes an exit code. Each
 * command's code is loaded when it runs.
 */
import { constants } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import { EXIT, inputError } from '../cluster/errors.ts';
import { isNear, nearest } from '../cluster/nearest.ts';
import { BLUEPRINTS } from '../cluster/parameters.ts';
import { contextFor, settingsOf } from './command-context.ts';
import { type Act, examples } from './command-tree.ts';
import { addConfig } from './config-tree.ts';
import { reportError } from './io.ts';
import { addParameterOptions } from './parameter-options.ts';
import type { Guards } from './process-guards.ts';
import { refuseChange } from './read-only.ts';
import { outputOf, usageExit } from './usage-error.ts';
import { addCluster, addVerbs } from './verb-tree.ts';
import { VERSION } from './version.ts';

/** Reads argv, runs the one command it names and resolves to the exit code of CLI.md. */
export async function main(
  argv: readonly string[],
  guards: Guards,
  host: NodeJS.Process = process,
): Promise<number> {
  let code: number = EXIT.done;
  // Until the settings are read, as far as the command line alone tells.
  let format = outputOf(argv);
  const program = define((load) => async (...received: unknown[]) => {
    const command = received.at(-1) as Command;
    const given = await settingsOf(command, host);
    format = given.options.output;
    refuseChange(command, given.options);
    const { context, end } = contextFor(command, { host, guards, ...given });
    const run = await load();
    try {
      code = (await run(context, command.args, command.opts())) ?? EXIT.done;
    } finally {
      end();
    }
  });
  program.exitOverride();
  // What is asked for as records gets no help page beside them.
  if (format !== 'text') mute(program);
  try {
    refuseUnknownHelp(program, argv);
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, { host, program, argv, format });
    code = reportError(host, error, { format, debug: argv.includes('--debug') });
  }
  return code === EXIT.interrupted ? interruptedBy(guards.signal) : code;
}

/** `help statsu`: commander would print the program's help and say nothing of the word. */
function refuseUnknownHelp(program: Command, [first, word]: readonly string[]): void {
  const names = program.commands.map((command) => command.name());
  if (first === 'help' && word !== undefined && !word.startsWith('-') && ![...names, 'help'].includes(word))
    throw unknownCommand(word, names);
}

function mute(command: Command): void {
  command.configureOutput({ writeErr: () => undefined });
  for (const inner of command.commands) mute(inner);
}

/** 128 and the signal's number, as shells have it: 130 for Ctrl-C, 143 for SIGTERM. */
function interruptedBy(signal: AbortSignal): number {
  return signal.aborted ? 128 + constants.signals[signal.reason as NodeJS.Signals] : EXIT.interrupted;
}

/** The whole command tree. `act` wraps a lazily loaded command into a commander action. */
export function define(act: Act): Command {
  const program = new Command('kubecore')
    .description(
      'From nothing to a running Kubernetes-on-CoreOS cluster on EC2, and the console it is run from.\nWithout a command: the guided setup, or your clusters when there are some.',
    )
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError(true)
    .allowExcessArguments(true);

  program
    .optionsGroup('Everywhere:')
    .option(
      '--config <file>',
      'config file (else KUBECORE_CONFIG, ./kubecore.yaml, ~/.config/kubecore/kubecore.yaml)',
    )
    .option('--region <region>', 'AWS region (else AWS_REGION, AWS_DEFAULT_REGION, the profile)')
    .option('--profile <name>', 'AWS profile of ~/.aws')
    .option('--cluster <name>', 'the cluster, where there are several')
    .option('--identity <file>', "private key for SSH (else searched by the cluster's key pair)")
    .option('--sandbox', 'a simulated cloud on this computer: no AWS account, no cost')
    .addOption(
      new Option('-o, --output <format>', 'text, json or yaml')
        .choices(['text', 'json', 'yaml'])
        .default('text'),
    )
    .option('--no-color', 'no colours (so does NO_COLOR)')
    .option('--screen-reader', 'the screens as sentences (so does INK_SCREEN_READER=true)')
    .option('--accept-new-host-key', 'accept a host key that cannot be checked, and print its fingerprint')
    .option('--read-only', 'refuse whatever changes something')
    .option(
      '--fault <name[=target]>',
      'with --sandbox: what goes wrong meanwhile (kubecore sandbox fault lists them); may be repeated',
      (fault: string, others: readonly string[] = []) => [...others, fault],
    )
    .option(
      '--debug',
      'on standard error: what is asked of AWS and of nodes, and stack traces; without secrets',
    );

  program.action(async (...received: unknown[]) => {
    const [word] = program.args;
    if (word !== undefined)
      throw unknownCommand(
        word,
        program.commands.map((command) => command.name()),
      );
    await act(async () => (await import('./commands/setup.ts')).setup)(...received);
  });

  addParameterOptions(program.command('up').description('launch a cluster and wait until it is healthy'))
    .option('--yes', 'launch without asking')
    .option('--ignore-checks', 'launch although checks fail; what they found is still told')
    .addHelpText(
      'after',
      examples([
        'kubecore up --sandbox --yes',
        'kubecore up --blueprint fleet --cluster-size 5 --name web',
        'kubecore up --name web --cluster-size 4 --key-pair coreos --yes',
      ]),
    )
    .action(act(async () => (await import('./commands/up.ts')).up));

  addParameterOptions(
    program
      .command('check')
      .description(
        'all that a launch needs, looked at without creating anything; exit code 1 when a check fails',
      ),
  )
    .addHelpText(
      'after',
      examples(['kubecore check --region eu-west-1', 'kubecore check --sandbox --cluster-size 8 -o json']),
    )
    .action(act(async () => (await import('./commands/check.ts')).check));

  program
    .command('iam-policy')
    .description('the rights that kubecore needs, as an IAM policy in JSON')
    .addOption(
      new Option('--blueprint <blueprint>', 'for this one alone [all of them]').choices([...BLUEPRINTS]),
    )
    .addHelpText(
      'after',
      examples(['kubecore iam-policy > kubecore.json', 'kubecore iam-policy --blueprint single']),
    )
    .action(act(async () => (await import('./commands/iam-policy.ts')).iamPolicy));

  program
    .command('list')
    .description('clusters in the account and region, and those attached by --host')
    .option('--all-regions', 'of all regions that the account can use, asked at once')
    .addHelpText(
      'after',
      examples(['kubecore list', 'kubecore list --all-regions', 'kubecore list --sandbox -o json']),
    )
    .action(act(async () => (await import('./commands/list.ts')).list));

  addCluster(program, act);

  program
    .command('down')
    .argument('[cluster]')
    .description('delete the cluster, wait, and prove that nothing is left')
    .option('--yes', 'delete without asking')
    .addHelpText('after', examples(['kubecore down web', 'kubecore down --sandbox --yes']))
    .action(act(async () => (await import('./commands/down.ts')).down));

  const keys = program
    .command('keys')
    .description('EC2 key pairs')
    .addHelpText('after', examples(['kubecore keys list', 'kubecore keys create coreos']));
  keys
    .command('list')
    .description('key pairs of the region, and where their private keys are')
    .addHelpText('after', examples(['kubecore keys list --region eu-west-1']))
    .action(act(async () => (await import('./commands/keys.ts')).listKeys));
  keys
    .command('create')
    .argument('<name>')
    .description('create a key pair and write its private key, mode 0400')
    .addHelpText('after', examples(['kubecore keys create coreos']))
    .action(act(async () => (await import('./commands/keys.ts')).createKey));
  keys
    .command('import')
    .argument('<name>')
    .argument('<file>', 'an OpenSSH public key')
    .description('import a public key of yours')
    .addHelpText('after', examples(['kubecore keys import coreos ~/.ssh/id_ed25519.pub']))
    .action(act(async () => (await import('./commands/keys.ts')).importKey));

  const rendering = addParameterOptions(
    program
      .command('render')
      .argument('[what]', 'template, cloud-config or unit (default: template)')
      .argument('[name]', 'of the unit, such as flannel.service')
      .description(
        "what the article writes, from parameters: the CloudFormation template, a node's cloud-config, any unit file",
      ),
  );
  for (const option of rendering.options)
    if (option.long === '--blueprint')
      option.description = 'How much of the article (single, fleet, kubernetes) [kubernetes]';
  rendering
    .option('--role <role>', "of the cloud-config or the unit: master or minion [master, or the unit's]")
    .option('--format <format>', 'yaml or json [yaml; a unit as it is]')
    .option('--as-published', "the article's form, its slips included; the template unchanged")
    .option('--diff', 'what would be rendered against what runs, as diff -u; exit code 1 when they differ')
    .addHelpText(
      'after',
      examples([
        'kubecore render --format json > kubernetes.json',
        'kubecore render cloud-config --role minion',
        'kubecore render unit flannel.service --docker-cidr 10.1.0.0/16',
        'kubecore render --blueprint fleet',
        'kubecore render --diff --cluster kubernetes',
      ]),
    )
    .action(act(async () => (await import('./commands/render.ts')).render));

  addVerbs(program, act);
  addConfig(program, act);

  const sandbox = program
    .command('sandbox')
    .description('the sandbox by itself, in the foreground; prints how the stock aws and ssh can use it')
    .option('--speed <factor>', 'so many simulated seconds pass in one second of waiting')
    .addOption(new Option('--daemon').hideHelp())
    .addHelpText(
      'after',
      examples(['kubecore sandbox', 'kubecore sandbox --speed 20', 'kubecore sandbox fault minion-dies']),
    )
    .action(act(async () => (await import('./commands/sandbox.ts')).sandbox));
  sandbox
    .command('fault')
    .argument('[name]', 'which; lists them when left out')
    .argument('[target]', 'what it strikes')
    .description('make something go wrong')
    .option('--seconds <n>', 'for so long')
    .option('--end', 'take the fault back')
    .addHelpText(
      'after',
      examples([
        'kubecore sandbox fault',
        'kubecore sandbox fault minion-dies',
        'kubecore sandbox fault throttling --seconds 10',
      ]),
    )
    .action(act(async () => (await import('./commands/sandbox.ts')).fault));
  sandbox
    .command('stop')
    .description('end the sandbox process; what is launched is kept')
    .addHelpText('after', examples(['kubecore sandbox stop']))
    .action(act(async () => (await import('./commands/sandbox.ts')).stop));
  sandbox
    .command('reset')
    .description('forget everything that was launched in the sandbox')
    .addHelpText('after', examples(['kubecore sandbox reset']))
    .action(act(async () => (await import('./commands/sandbox.ts')).reset));

  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ outputError: () => undefined });
    // Only where a wrong word gets an error of our own; everywhere else a word too many is a mistake.
    command.allowExcessArguments(command === program || command === sandbox);
    for (const inner of command.commands) quiet(inner);
  };
  quiet(program);
  return program;
}

function unknownCommand(word: string, names: readonly string[]): Error {
  const best = nearest(word, names);
  const near = isNear(word, best);
  return inputError(
    `there is no command "${word}"`,
    'kubecore does not know it',
    near ? `did you mean kubecore ${best}?` : 'kubecore --help lists the commands',
  );
}
