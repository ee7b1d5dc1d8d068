/** Owns how the review looks: the launch in words with what each check found, the command that does the same, the template. Pure. */
import {
  appliesTo,
  nodeCount,
  PARAMETERS,
  type ParameterKey,
  type Parameters,
  parameter,
  parameterText,
} from '../../cluster/parameters.ts';
import { checksOf } from '../../cluster/preflight.ts';
import type { Check, CheckName, CheckState } from '../../cluster/preflight-contract.ts';
import { sanitise } from '../sanitise.ts';
import type { Backend } from '../services.ts';
import { wrapCells } from '../terminal/cells.ts';
import type { Theme, Tone } from '../theme.ts';
import { equivalentCommand } from './equivalent-command.ts';
import type { ChosenKey } from './key-pair-state.ts';
import type { Preflight } from './review-state.ts';
import { commandLines, labelled, problem, prose, shortPath } from './words.ts';

export interface Summary {
  readonly parameters: Parameters;
  readonly key: ChosenKey | null;
  readonly backend: Backend;
  readonly defaults: Parameters;
  readonly preflight: Preflight;
  /** One cell that turns while an answer is on its way. */
  readonly spin: string;
}

const LABEL = 14;

/** Parameters that the words above already tell; others get a line of their own when they are not the default. */
const TOLD: ReadonlySet<ParameterKey> = new Set([
  ...(['name', 'recipe', 'blueprint', 'instanceType', 'clusterSize', 'dockerCidr', 'advertisedIp'] as const),
  ...(['allowSshFrom', 'discoveryUrl', 'discoveryService', 'keyPair', 'ami', 'vpc'] as const),
  ...(['updateGroup', 'rebootStrategy'] as const),
]);

/** State is told by a mark, not by colour alone; what is well needs none. */
const MARK: Readonly<Record<CheckState, string>> = { ok: '', warning: '▲ ', failed: '✗ ', unchecked: '? ' };
const TONE: Readonly<Record<CheckState, Tone>> = {
  ok: 'plain',
  warning: 'warn',
  failed: 'bad',
  unchecked: 'warn',
};

export function summaryLines(summary: Summary, width: number, theme: Theme): string[] {
  const { parameters, key, backend, defaults, preflight, spin } = summary;
  const { blueprint } = parameters;
  const asked = checksOf(blueprint);
  const row = (label: string, value: string, tone: Tone = 'plain'): string[] =>
    labelled(label, value, LABEL, width, theme, tone);
  /** A row of a check: what it found, in `words` where all is well; under it what to do. */
  const checked = (
    label: string,
    name: CheckName,
    words: (found: string) => string = (found) => found,
  ): readonly Row[] => {
    if (!asked.includes(name)) return [];
    const check = preflight.checks[name];
    if (check === undefined)
      return [{ lines: row(label, preflight.error ? 'not asked' : `${spin} looking`, 'dim') }];
    const { state } = check;
    const found = sanitise(check.found);
    const said = state === 'failed' || state === 'unchecked' ? found : words(found);
    const open = state === 'unchecked' ? 'not checked: ' : '';
    const next = state === 'ok' || check.next === null ? [] : row('', `→ ${remedy(check)}`);
    return [{ state, lines: [...row(label, `${MARK[state]}${open}${said}`, TONE[state]), ...next] }];
  };
  const plain = (label: string, value: string): Row => ({ lines: row(label, value) });
  const rows: readonly Row[] = [
    plain(
      blueprint === 'kubernetes' ? 'Stack' : 'Cluster',
      `${parameters.name} in ${backend.kind === 'sandbox' ? 'the sandbox, ' : ''}${backend.region}${blueprint === 'kubernetes' ? '; 2 Auto Scaling groups' : ''}`,
    ),
    ...(preflight.checks.name?.state === 'ok' ? [] : checked('Name', 'name')),
    ...checked('Machines', 'type', (found) => `${machines(parameters)}, ${found}`),
    ...checked('Image', 'image'),
    ...checked('Template', 'template'),
    ...checked('Price', 'price', (found) =>
      backend.kind === 'sandbox' ? `nothing here; on AWS ${found}` : found,
    ),
    ...checked('Firewall', 'ssh', (found) => `${groups(blueprint)}; SSH (port 22) open to ${found}`),
    ...checked('Key pair', 'key', (found) =>
      key === null
        ? found
        : `${sanitise(key.name)} (${shortPath(sanitise(key.label), width - LABEL - key.name.length - 3)})`,
    ),
    ...checked('Network', 'network', (found) =>
      [
        found,
        ...(appliesTo('dockerCidr', blueprint) ? [`Docker in ${parameters.dockerCidr}`] : []),
        ...(appliesTo('advertisedIp', blueprint)
          ? [`${parameters.advertisedIp} addresses are announced`]
          : []),
      ].join('; '),
    ),
    ...checked('Discovery', 'discovery'),
    plain('Updates', `CoreOS ${parameters.updateGroup}; reboot strategy ${parameters.rebootStrategy}`),
    ...PARAMETERS.filter(
      ({ key: one }) =>
        !TOLD.has(one) &&
        appliesTo(one, blueprint) &&
        parameterText(parameters, one) !== parameterText(defaults, one),
    ).map((spec) => plain(spec.label, parameterText(parameters, spec.key) || (spec.whenEmpty ?? 'none'))),
    ...checked('Account', 'identity'),
    ...checked('Permissions', 'permissions'),
    ...checked('vCPU quota', 'quota'),
    ...checked('Sizes', 'sizes'),
  ];
  const failed = rows.filter(({ state }) => state === 'failed');
  return [
    // What stands in the way is seen without scrolling.
    ...failed.flatMap(({ lines }) => lines),
    ...rows.filter((one) => !failed.includes(one)).flatMap(({ lines }) => lines),
    '',
    theme.paint('dim', 'The same without this wizard:'),
    ...commandLines(
      equivalentCommand(parameters, defaults, backend.flags, key?.typed ? key.identityFile : null),
      width - 2,
    ).map((line) => `  ${line}`),
  ];
}

interface Row {
  readonly lines: readonly string[];
  /** Of the check that it tells. */
  readonly state?: CheckState;
}

function machines(parameters: Parameters): string {
  const nodes = nodeCount(parameters);
  if (parameters.blueprint === 'kubernetes') return `1 master and ${nodes - 1} minions`;
  return `${nodes} ${nodes === 1 ? 'machine' : 'machines'}${parameters.blueprint === 'fleet' ? ' with etcd and fleet' : ''}`;
}

const groups = (blueprint: Parameters['blueprint']): string =>
  blueprint === 'kubernetes' ? '3 security groups' : '1 security group';

/** What to do, and on which line of the form. */
function remedy({ next, parameter: key }: Pick<Check, 'next' | 'parameter'>): string {
  const what = sanitise(next ?? '');
  return key === null || key === 'keyPair' ? what : `go back to "${parameter(key).label}": ${what}`;
}

/** What keeps Launch from launching, in a line: the rows say the rest. */
export function obstacleLines(
  { checks, error }: Preflight,
  insisted: boolean,
  width: number,
  theme: Theme,
): string[] {
  if (error) return problem(error, width, theme);
  const failed = Object.values(checks).filter(({ state }) => state === 'failed').length;
  if (failed === 0) return [];
  const what = failed === 1 ? 'One check failed' : `${failed} checks failed`;
  return prose(
    `✗ ${what}, marked ✗ above: nothing is launched until that is mended. r checks again.`,
    width,
    theme,
    insisted ? 'bad' : 'warn',
    2,
  );
}

/** The template's lines, wrapped where they are longer than the screen, comments dim. */
export function yamlLines(yaml: string, width: number, theme: Theme): string[] {
  return yaml
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const safe = sanitise(line);
      const tone = safe.trimStart().startsWith('#') ? 'dim' : 'plain';
      return wrapCells(safe, width).map((part) => theme.paint(tone, part));
    });
}
