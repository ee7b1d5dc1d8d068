/**
 * Owns the command line: which commands there are, their options and help, and how an end becomes an exit code. Each
 * command's code is loaded when it runs.
 */
import { constants } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import { EXIT, inputError } from '../cluster/errors.ts';
import { isNear, nearest } from '../cluster/nearest.ts';
import { BLUEPRINTS } from '../cluster/parameters.ts';
import { addConfig } from './config-tree.ts';
import type { Context } from './context.ts';
import { createDebug } from './debug-log.ts';
import { createIo, errorText, type OutputFormat, reportError } from './io.ts';
import { addParameterOptions } from './parameter-options.ts';
import { patient } from './patience.ts';
import type { Guards } from './process-guards.ts';
import { NO_SETTINGS, optionsOf, settingsFor, settingsOrProblem } from './settings.ts';
import { stateDirectory } from './state-directory.ts';
import { systemClock } from './system.ts';
import { type Act, addCluster, addVerbs, examples } from './verb-tree.ts';
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
    const name = commandPath(command);
    const bare = name === 'init' || command.opts().schema === true;
    const surroundings = { env: host.env, cwd: host.cwd() };
    const { settings, options } = bare
      ? { settings: NO_SETTINGS, options: optionsOf(command) }
      : await (TOLERANT.has(name) ? settingsOrProblem : settingsFor)(command, surroundings);
    format = options.output;
    if (options.readOnly && changes(command)) throw refusedByReadOnly(command);
    const plain = createIo(host, { format, noColor: !options.color });
    const quiet =
      plain.stdoutIsTTY ||
      OWN_PACE.has(name) ||
      command.opts().follow === true ||
      command.opts().watch === true;
    const waiting = quiet ? null : patient(plain, { clock: systemClock, signal: guards.signal, name });
    const context: Context = {
      host,
      env: host.env,
      io: waiting?.io ?? plain,
      guards,
      options,
      settings,
      stateDir: stateDirectory(host.env),
      debug: createDebug((text) => void host.stderr.write(text), {
        // A screen must not be written into; with 2>FILE it is not.
        on: options.debug && !(SCREENS.has(name) && host.stderr.isTTY === true),
        machine: format !== 'text',
        env: host.env,
        now: systemClock.now,
      }),
      report: (error) => void reportError(host, error, { format, debug: options.debug }),
    };
    const run = await load();
    try {
      code = (await run(context, command.args, command.opts())) ?? EXIT.done;
    } finally {
      waiting?.stop();
    }
  });
  program.exitOverride();
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, host, format);
    code = reportError(host, error, { format, debug: argv.includes('--debug') });
  }
  return code === EXIT.interrupted ? interruptedBy(guards.signal) : code;
}

/** 128 and the signal's number, as shells have it: 130 for Ctrl-C, 143 for SIGTERM. */
function interruptedBy(signal: AbortSignal): number {
  return signal.aborted ? 128 + constants.signals[signal.reason as NodeJS.Signals] : EXIT.interrupted;
}

function usageExit(error: CommanderError, host: NodeJS.Process, format: OutputFormat): number {
  if (error.exitCode === 0) return EXIT.done;
  // `kubecore unit` alone: commander has printed its verbs to standard error, which says it all.
  const verbMissing = error.code === 'commander.help';
  if (verbMissing && format === 'text') return EXIT.usage;
  const text = verbMissing
    ? 'its verb is missing'
    : error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const suggestion = /\(Did you mean (.*)\?\)$/.exec(text);
  const why = suggestion ? text.slice(0, suggestion.index).trim() : text;
  const forNode =
    error.code === 'commander.unknownOption' && ['run', 'ssh'].some((word) => host.argv.includes(word));
  const next = suggestion
    ? `did you mean ${suggestion[1]}?`
    : forNode
      ? 'put -- before a command for the node that has options of its own'
      : 'kubecore --help lists commands and options';
  const shown = inputError('the command line was not understood', why, next);
  if (format !== 'text') reportError(host, shown, { format, debug: false });
  else host.stderr.write(errorText(shown));
  return EXIT.usage;
}

/** The output format that was asked for, readable before and after a parse that failed. */
function outputOf(argv: readonly string[]): OutputFormat {
  const at = argv.findIndex(
    (word) => word === '-o' || word === '--output' || word.startsWith('--output=') || /^-o./.test(word),
  );
  const word = argv[at] ?? '';
  const value = word.startsWith('--output=')
    ? word.slice(9)
    : /^-o./.test(word)
      ? word.slice(2)
      : argv[at + 1];
  return at >= 0 && (value === 'json' || value === 'yaml') ? value : 'text';
}

/** Commands that draw on the whole terminal. */
const SCREENS = new Set(['kubecore', 'console']);

/** Commands whose silence is a person's or another program's: nobody is reminded of it. */
const OWN_PACE = new Set([...SCREENS, 'init', 'ssh', 'run', 'tunnel', 'sandbox']);

/** Commands that work whatever a config file says: they tell what is wrong with it, or need little of it. */
const TOLERANT = new Set(['doctor', 'report', 'completion', '__complete', 'man', 'sandbox stop']);

/** Commands that change something, or let a person do so: what --read-only refuses. */
const CHANGING = new Set(
  [
    ['kubecore', 'up', 'down', 'scale', 'run', 'ssh', 'change', 'keys create', 'keys import'],
    ['start', 'stop', 'load', 'unload', 'destroy', 'submit'].map((verb) => `unit ${verb}`),
    ['pods', 'services', 'controllers', 'minions'].flatMap((kind) =>
      ['create', 'delete', 'resize', 'update'].map((verb) => `${kind} ${verb}`),
    ),
    ['sandbox', 'sandbox fault', 'sandbox stop', 'sandbox reset'],
  ].flat(),
);

/** The words that name a command: `unit start`; `kubecore` for the program itself. */
function commandPath(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name());
  return words.slice(1).join(' ') || 'kubecore';
}

const changes = (command: Command): boolean => CHANGING.has(commandPath(command));

function refusedByReadOnly(command: Command): Error {
  const words = commandPath(command);
  return inputError(
    `${words === 'kubecore' ? 'the guided setup' : `kubecore ${words}`} is refused`,
    'it can change something, and --read-only was given',
    'leave out --read-only, or look with kubecore status, logs, console or events',
  );
}

/** The whole command tree. `act` wraps a lazily loaded command into a commander action. */
export function define(act: Act): Command {
  const program = new Command('kubecore')
    .description(
      'From nothing to a running Kubernetes-on-CoreOS cluster on EC2, and the console it is run from.\nWithout a command: the guided setup, or your clusters when there are some.',
    )
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand(false)
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

  const keys = program.command('keys').description('EC2 key pairs');
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
