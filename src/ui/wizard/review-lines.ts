/** Owns how the review looks: the launch in words, the command that does the same, the template with quiet comments. Pure. */
import {
  nodeCount,
  PARAMETERS,
  type ParameterKey,
  type Parameters,
  parameterText,
} from '../../cluster/parameters.ts';
import { sanitise } from '../sanitise.ts';
import type { Backend } from '../services.ts';
import { wrapCells } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';
import { equivalentCommand } from './equivalent-command.ts';
import type { ChosenKey } from './key-pair-state.ts';
import type { Look } from './look.ts';
import type { Preflight } from './review-state.ts';
import { commandLines, labelled, shortPath } from './words.ts';

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
  ...([
    'allowSshFrom',
    'discoveryUrl',
    'discoveryService',
    'keyPair',
    'ami',
    'updateGroup',
    'rebootStrategy',
  ] as const),
]);

export function summaryLines(summary: Summary, width: number, theme: Theme): string[] {
  const { parameters, key, backend, defaults, preflight, spin } = summary;
  const said = (look: Look<string>, words: (value: string) => string): string =>
    look.status === 'known'
      ? words(sanitise(look.value))
      : look.status === 'looking'
        ? `${spin} looking`
        : `✗ ${sanitise(look.error.what)}`;
  const row = (label: string, value: string, look?: Look<string>): string[] =>
    labelled(
      label,
      value,
      LABEL,
      width,
      theme,
      look?.status === 'failed' ? 'bad' : look?.status === 'looking' ? 'dim' : 'plain',
    );
  const wide = preflight.sshFrom.status === 'known' && preflight.sshFrom.value.endsWith('/0');
  return [
    ...row(
      'Stack',
      `${parameters.name} in ${backend.kind === 'sandbox' ? 'the sandbox, ' : ''}${backend.region}`,
    ),
    ...row(
      'Machines',
      `1 master and ${nodeCount(parameters) - 1} minions, ${parameters.instanceType}, in 2 Auto Scaling groups`,
    ),
    ...row(
      'Image',
      said(preflight.image, (value) => value),
      preflight.image,
    ),
    ...row(
      'Firewall',
      said(
        preflight.sshFrom,
        (value) => `3 security groups; SSH (port 22) open to ${value}${wide ? ': the whole internet' : ''}`,
      ),
      preflight.sshFrom,
    ),
    ...row(
      'Key pair',
      key === null
        ? 'none chosen'
        : `${sanitise(key.name)} (${shortPath(sanitise(key.label), width - LABEL - key.name.length - 3)})`,
    ),
    ...row(
      'Network',
      `Docker in ${parameters.dockerCidr}; ${parameters.advertisedIp} addresses are announced`,
    ),
    ...row(
      'Discovery',
      said(preflight.discovery, (value) => value),
      preflight.discovery,
    ),
    ...row('Updates', `CoreOS ${parameters.updateGroup}; reboot strategy ${parameters.rebootStrategy}`),
    ...row(
      'Template',
      said(preflight.template, (value) => value),
      preflight.template,
    ),
    ...PARAMETERS.filter(
      ({ key: one }) => !TOLD.has(one) && parameterText(parameters, one) !== parameterText(defaults, one),
    ).flatMap((spec) => row(spec.label, parameterText(parameters, spec.key) || (spec.whenEmpty ?? 'none'))),
    '',
    theme.paint('dim', 'The same without this wizard:'),
    ...commandLines(
      equivalentCommand(parameters, defaults, backend.flags, key?.typed ? key.identityFile : null),
      width - 2,
    ).map((line) => `  ${line}`),
  ];
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
