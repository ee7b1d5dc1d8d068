/**
 * Owns completion scripts for bash, zsh and fish, made from the command tree: commands, options and their fixed values, and
 * for live names a call of `kubecore __complete` with the options that say which cluster is meant.
 */
import type { Command, Option } from 'commander';
import { type LiveKind, liveValue, liveWords } from './completion-live.ts';

/** A command as completion knows it. */
export interface CompletionNode {
  /** Words after `kubecore`; none for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  /** Fixed values of its first argument. */
  readonly values: readonly string[];
  /** What its words are named by on the cluster. */
  readonly live: LiveKind | null;
}

export interface CompletionOption {
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** null: any, files are offered. */
  readonly choices: readonly string[] | null;
  readonly live: LiveKind | null;
}

const FIXED: Readonly<Record<string, readonly string[]>> = { completion: ['bash', 'zsh', 'fish'] };

/** All commands that are shown in help, the program first. */
export function completionNodes(program: Command): readonly CompletionNode[] {
  const nodes: CompletionNode[] = [];
  const visit = (command: Command, path: readonly string[], inherited: readonly Option[]): void => {
    const options = [...command.options.filter(({ hidden }) => !hidden), ...inherited];
    const shown = command.commands.filter((inner) => !(inner as { _hidden?: boolean })._hidden);
    nodes.push({
      path,
      description: firstLine(command.description()),
      commands: shown.map((inner) => ({ name: inner.name(), description: firstLine(inner.description()) })),
      options: [
        ...options.map((option) => ({
          names: [option.short, option.long].filter((name) => name != null),
          description: firstLine(option.description),
          takesValue: option.required || option.optional,
          choices: option.argChoices ?? null,
          live: liveValue(option.long ?? ''),
        })),
        { names: ['--help'], description: 'print help', takesValue: false, choices: null, live: null },
      ],
      values: FIXED[path.join(' ')] ?? [],
      live: liveWords(path.join(' ')),
    });
    for (const inner of shown)
      visit(
        inner,
        [...path, inner.name()],
        options.filter((o) => o.long !== '--version'),
      );
  };
  visit(program, [], []);
  return nodes;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const key = (path: readonly string[]): string => path.join(' ');

/** Options of any command that take a value: their next word is no command. */
const valued = (nodes: readonly CompletionNode[]): readonly string[] => [
  ...new Set(
    nodes.flatMap(({ options }) =>
      options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names),
    ),
  ),
];

const choicesOf = (nodes: readonly CompletionNode[]): readonly { names: string; words: string }[] => [
  ...new Map(
    nodes
      .flatMap(({ options }) => options)
      .flatMap(({ names, choices }) =>
        choices === null
          ? []
          : [[names.join('|'), { names: names.join('|'), words: choices.join(' ') }] as const],
      ),
  ).values(),
];

const liveOptions = (nodes: readonly CompletionNode[]): ReadonlyMap<string, LiveKind> =>
  new Map(
    nodes.flatMap(({ options }) =>
      options.flatMap(({ names, live }) => (live === null ? [] : names.map((name) => [name, live] as const))),
    ),
  );

/** Options that say which cluster is meant: what is typed of them goes along when live names are asked for. */
const PLACE_FLAGS = ['--sandbox'];
const PLACE_VALUES = ['--region', '--profile', '--cluster', '--host', '--identity', '--config'];

/** The walk that finds the command under the cursor, the same in bash and zsh. */
const walk = (nodes: readonly CompletionNode[], indent: string): string =>
  [
    'case "$path $word" in',
    ...nodes
      .filter(({ path }) => path.length > 0)
      .map(
        ({ path }) =>
          `  ${quote([...path.slice(0, -1), ''].join(' ') === '' ? ` ${path[0]}` : key(path))}) path=${quote(key(path))} ;;`,
      ),
    'esac',
  ]
    .map((line) => `${indent}${line}`)
    .join('\n');

export function bashCompletion(nodes: readonly CompletionNode[]): string {
  return `# kubecore's completion for bash; made by: kubecore completion bash
_kubecore_live() {
  "\${COMP_WORDS[0]}" __complete "$@" 2>/dev/null </dev/null | cut -f 1
}
_kubecore() {
  local cur prev path word i skip words live
  local -a given=()
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  path=''
  skip=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${PLACE_FLAGS.join('|')}) given+=("$word"); continue ;;
      ${PLACE_VALUES.join('|')}) given+=("$word" "\${COMP_WORDS[i+1]}"); skip=1; continue ;;
      ${valued(nodes).join('|')}) skip=1; continue ;;
      --) COMPREPLY=($(compgen -f -- "$cur")); return ;;
      -*) continue ;;
    esac
${walk(nodes, '    ')}
  done
  live=''
  case "$prev" in
${[...liveOptions(nodes)]
  .map(
    ([name, kind]) =>
      `    ${name}) COMPREPLY=($(compgen -W "$(_kubecore_live ${kind} "\${given[@]}")" -- "$cur")); return ;;`,
  )
  .join('\n')}
${choicesOf(nodes)
  .map(({ names, words }) => `    ${names}) COMPREPLY=($(compgen -W ${quote(words)} -- "$cur")); return ;;`)
  .join('\n')}
    ${valued(nodes).join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  words=''
  case "$path" in
${nodes
  .map(({ path, commands, options, values, live }) => {
    const words = [...commands.map(({ name }) => name), ...values].join(' ');
    const flags = options.flatMap(({ names }) => names).join(' ');
    return `    ${quote(key(path))}) if [[ "$cur" == -* ]]; then words=${quote(flags)}; else words=${quote(words)}; live=${quote(live ?? '')}; fi ;;`;
  })
  .join('\n')}
  esac
  if [[ -n "$live" ]]; then words="$words $(_kubecore_live "$live" "\${given[@]}")"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ \${#COMPREPLY[@]} -eq 0 && "$cur" != -* ]]; then COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _kubecore kubecore
`;
}

export function zshCompletion(nodes: readonly CompletionNode[]): string {
  const described = (name: string, description: string): string =>
    quote(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`);
  return `#compdef kubecore
# kubecore's completion for zsh; made by: kubecore completion zsh
_kubecore_live() {
  local line
  for line in "\${(@f)$("\${words[1]}" __complete "$@" 2>/dev/null </dev/null)}"; do
    [[ -n "$line" ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
}
_kubecore() {
  local cur prev cmdpath word i skip live
  local -a candidates given
  cur="\${words[CURRENT]}"
  prev="\${words[CURRENT-1]}"
  cmdpath=''
  skip=0
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${PLACE_FLAGS.join('|')}) given+=("$word"); continue ;;
      ${PLACE_VALUES.join('|')}) given+=("$word" "\${words[i+1]}"); skip=1; continue ;;
      ${valued(nodes).join('|')}) skip=1; continue ;;
      --) _files; return ;;
      -*) continue ;;
    esac
${walk(nodes, '    ').replaceAll('$path', '$cmdpath').replaceAll(' path=', ' cmdpath=')}
  done
  live=''
  case "$prev" in
${[...liveOptions(nodes)].map(([name, kind]) => `    ${name}) live=${kind} ;;`).join('\n')}
${choicesOf(nodes)
  .map(({ names, words }) => `    ${names}) compadd -- ${words}; return ;;`)
  .join('\n')}
    ${valued(nodes).join('|')}) _files; return ;;
  esac
  if [[ -n "$live" ]]; then
    # The option and its unfinished value are not asked along.
    _kubecore_live "$live" "\${given[@]}"
    _describe -t kubecore kubecore candidates
    return
  fi
  case "$cmdpath" in
${nodes
  .map(({ path, commands, options, values, live }) => {
    const words = [
      ...commands.map(({ name, description }) => described(name, description)),
      ...values.map((value) => quote(value)),
    ].join(' ');
    const flags = options
      .flatMap(({ names, description }) => names.map((name) => described(name, description)))
      .join(' ');
    return `    ${quote(key(path))}) if [[ "$cur" == -* ]]; then candidates=(${flags}); else candidates=(${words}); live=${quote(live ?? '')}; fi ;;`;
  })
  .join('\n')}
  esac
  if [[ -n "$live" ]]; then _kubecore_live "$live" "\${given[@]}"; fi
  if ((\${#candidates})); then _describe -t kubecore kubecore candidates; else _files; fi
}
if [[ "\${funcstack[1]}" == _kubecore ]]; then _kubecore "$@"; else compdef _kubecore kubecore; fi
`;
}

export function fishCompletion(nodes: readonly CompletionNode[]): string {
  const flag = (when: string, { names, description, takesValue, choices, live }: CompletionOption): string =>
    [
      `complete -c kubecore${when}`,
      ...names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)),
      ...(choices !== null
        ? [`-x -a ${quote(choices.join(' '))}`]
        : live !== null
          ? [`-x -a '(__kubecore_live ${live})'`]
          : takesValue
            ? ['-r']
            : []),
      `-d ${fishQuote(description)}`,
    ].join(' ');
  // What every command has is said once.
  const id = (option: CompletionOption): string => JSON.stringify(option);
  const [first, ...others] = nodes;
  const everywhere = new Map(
    (first?.options ?? [])
      .filter((option) => others.every(({ options }) => options.some((one) => id(one) === id(option))))
      .map((option) => [id(option), option]),
  );
  const lines = nodes.flatMap(({ path, commands, options, values, live }) => {
    const when = ` -n ${quote(`test (__kubecore_path) = ${quote(key(path))}`).replaceAll("'\\''", '"')}`;
    return [
      ...commands.map(
        ({ name, description }) => `complete -c kubecore -f${when} -a ${name} -d ${fishQuote(description)}`,
      ),
      ...(values.length === 0 ? [] : [`complete -c kubecore -f${when} -a ${quote(values.join(' '))}`]),
      ...(live === null ? [] : [`complete -c kubecore${when} -a '(__kubecore_live ${live})'`]),
      ...options.filter((option) => !everywhere.has(id(option))).map((option) => flag(when, option)),
    ];
  });
  lines.push(...[...everywhere.values()].map((option) => flag('', option)));
  const paths = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quote(key(path)));
  return `# kubecore's completion for fish; made by: kubecore completion fish
function __kubecore_path
    set -l path
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case ${valued(nodes).join(' ')}
                set skip 1
                continue
            case '-*'
                continue
        end
        set -l longer (string join ' ' $path $word)
        if contains -- $longer ${paths.join(' ')}
            set path $path $word
        end
    end
    echo (string join ' ' $path)
end
function __kubecore_live
    set -l words (commandline -opc)
    set -l given
    for i in (seq 2 (count $words))
        switch $words[$i]
            case ${PLACE_FLAGS.join(' ')}
                set -a given $words[$i]
            case ${PLACE_VALUES.join(' ')}
                if test $i -lt (count $words)
                    set -a given $words[$i] $words[(math $i + 1)]
                end
        end
    end
    command $words[1] __complete $argv $given 2>/dev/null </dev/null
end
${lines.join('\n')}
`;
}

const fishQuote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
