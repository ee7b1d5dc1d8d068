/** Owns the launch parameters as flags: made from the one table of src/cluster/parameters.ts, checked all at once. */
import { type Command, Option } from 'commander';
import { inputError, type KubecoreError } from '../cluster/errors.ts';
import {
  appliesTo,
  checkParameters,
  DEFAULTS,
  defaultsFor,
  PARAMETERS,
  type ParameterSpec,
  type Parameters,
  type Verdict,
  withParameter,
} from '../cluster/parameters.ts';

/** commander's name of a flag: `clusterSize` for `--cluster-size`. */
export const optionName = (spec: ParameterSpec): string =>
  spec.flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const takers = new WeakSet<Command>();

/** Does the command take the launch parameters, and so those of the environment and the config file? */
export const takesParameters = (command: Command): boolean => takers.has(command);

/** Adds `--name`, `--instance-type`, … to a command. */
export function addParameterOptions(command: Command): Command {
  takers.add(command);
  for (const spec of PARAMETERS) {
    const fallback = spec.defaultText ?? spec.whenEmpty;
    const choices = spec.allowed && spec.allowed.length <= 6 ? ` (${spec.allowed.join(', ')})` : '';
    command.addOption(
      new Option(
        `--${spec.flag} <${spec.value.toLowerCase()}>`,
        `${firstSentence(spec.help)}${choices} [${fallback}]`,
      ),
    );
  }
  return command;
}

function firstSentence(text: string): string {
  return /^.*?[.](?=\s|$)/.exec(text)?.[0].replace(/\.$/, '') ?? text;
}

/**
 * The parameters that flags and defaults come to.
 * @throws KubecoreError (input) naming every flag that is wrong, with the reason and the nearest valid value
 */
export function readParameters(
  flags: Readonly<Record<string, unknown>>,
  defaults: Partial<Parameters> = {},
): Parameters {
  let parameters: Parameters = { ...DEFAULTS, ...defaults };
  const wrong: { spec: ParameterSpec; text: string; verdict: Verdict }[] = [];
  for (const spec of PARAMETERS) {
    const text = flags[optionName(spec)];
    if (typeof text !== 'string') continue;
    const verdict =
      text === '' && spec.defaultText === null ? ({ ok: true } as const) : spec.check(text, parameters);
    if (verdict.ok) {
      parameters = withParameter(parameters, spec.key, text);
      if (spec.key === 'blueprint') parameters = { ...parameters, ...defaultsFor(parameters.blueprint) };
    } else wrong.push({ spec, text, verdict });
  }
  if (wrong.length > 0) throw parametersError(wrong);
  return parameters;
}

function parametersError(
  wrong: readonly { spec: ParameterSpec; text: string; verdict: Verdict }[],
): KubecoreError {
  const told = wrong.flatMap(({ spec, text, verdict }) =>
    verdict.ok
      ? []
      : [{ flag: `--${spec.flag} ${text === '' ? '""' : text}`, why: verdict.why, hint: verdict.hint }],
  );
  return inputError(
    `${told.map(({ flag }) => flag).join(' and ')} cannot be used`,
    told.map(({ why }) => why).join('; '),
    told.map(({ hint }) => hint).join('; '),
  );
}

/** Warnings that let a launch pass but must be said. */
export function parameterWarnings(parameters: Parameters): readonly string[] {
  const { blueprint } = parameters;
  const untold = { ...DEFAULTS, ...defaultsFor(blueprint), discoveryService: parameters.discoveryService };
  const idle = PARAMETERS.filter(
    ({ key }) => !appliesTo(key, blueprint) && parameters[key] !== untold[key],
  ).map(({ flag }) => `--${flag}: it means nothing to the blueprint ${blueprint}`);
  const warnings = checkParameters(parameters).flatMap(({ spec, verdict }) =>
    verdict.ok && verdict.warning && appliesTo(spec.key, blueprint)
      ? [`--${spec.flag}: ${verdict.warning}`]
      : [],
  );
  return [...warnings, ...idle];
}
