/** Owns the template as YAML for a person: the same data as the JSON, with comments. */
import { Document, isMap, isScalar, isSeq, Scalar, visit, type YAMLMap } from 'yaml';
import type { Role } from '../cluster/model.ts';
import { unitsOf } from './coreos-2014/cloud-config.ts';
import { PUBLISHED } from './coreos-2014/node.ts';
import type { PublishedTemplate } from './coreos-2014/published/types.ts';
import type { StackTemplate } from './coreos-2014/stack/types.ts';
import type { Template } from './template-types.ts';

type LogicalId = keyof PublishedTemplate['Resources'] | keyof StackTemplate['Resources'];

const SECTIONS: Readonly<Record<string, string>> = {
  Mappings: 'The CoreOS image (HVM) of each region.',
  Parameters: 'What may differ from launch to launch.',
  Conditions: 'A VPC was given: its subnets are used, not the default VPC.',
  Resources: 'One stack: three security groups, two Auto Scaling groups, and what each of those starts.',
  Outputs: 'What one needs to know afterwards.',
};

const MASTER =
  'The master: all of a minion, and the API server, scheduler, controller manager and kube-register.';
const MINION = 'A minion: etcd, flannel, Docker, fleet, kubelet and proxy.';

const RESOURCES: Readonly<Record<LogicalId, string>> = {
  CoreOSInternalIngressTCP: 'All TCP among the nodes.',
  CoreOSInternalIngressUDP: "All UDP among the nodes: flannel's overlay is UDP.",
  KubeSecurityGroup: 'Common to all nodes: SSH from outside.',
  KubeMasterSecurityGroup: "For rules of the master's own.",
  KubeMinionSecurityGroup: "For rules of the minions' own.",
  MasterAutoScale: 'One master; a lost one is replaced, and two may overlap.',
  MinionAutoScale: 'The minions, ClusterSize of them.',
  MasterLaunchConfig: MASTER,
  MinionLaunchConfig: MINION,
  MasterLaunchTemplate: MASTER,
  MinionLaunchTemplate: MINION,
};

/** Where each form keeps the pieces of a role's user data. */
const USER_DATA: readonly { readonly role: Role; readonly path: readonly string[] }[] = [
  { role: 'master', path: ['MasterLaunchConfig', 'Properties'] },
  { role: 'minion', path: ['MinionLaunchConfig', 'Properties'] },
  { role: 'master', path: ['MasterLaunchTemplate', 'Properties', 'LaunchTemplateData'] },
  { role: 'minion', path: ['MinionLaunchTemplate', 'Properties', 'LaunchTemplateData'] },
];

const comment = (text: string): string => ` ${text}`;

/** Puts `comments[key]` above a map's pairs, and a blank line above each that has one. */
function annotate(map: unknown, comments: Readonly<Record<string, string>>): void {
  if (!isMap(map)) return;
  for (const [index, pair] of (map as YAMLMap<Scalar<string>>).items.entries()) {
    const text = comments[pair.key.value];
    if (text === undefined) continue;
    pair.key.commentBefore = comment(text);
    pair.key.spaceBefore = index > 0;
  }
}

/** Puts each unit's purpose above the piece of user data that begins it. */
function annotateUnits(pieces: unknown, role: Role): void {
  if (!isSeq(pieces)) return;
  const about = new Map(
    unitsOf('kubernetes', role, PUBLISHED).map((unit) => [`    - name: ${unit.name}\n`, unit.about]),
  );
  for (const piece of pieces.items) {
    const text = isScalar(piece) ? about.get(String(piece.value)) : undefined;
    if (isScalar(piece) && text !== undefined) piece.commentBefore = comment(text);
  }
}

/**
 * YAML that parses (by 1.2 and by 1.1 readers) to the same data as the template's JSON, split of the user data
 * included, with comments for a person. Deterministic.
 */
export function templateYaml(template: Template): string {
  const document = new Document(template, {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
  });
  document.commentBefore = comment(`${template.Description}: a CloudFormation template made by kubecore.`);
  visit(document, {
    Scalar(key, node) {
      // Pieces of user data end in a newline, which a block scalar would make hard to see.
      if (key !== 'key' && typeof node.value === 'string' && node.value.includes('\n'))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  annotate(document.contents, SECTIONS);
  annotate(document.get('Resources'), RESOURCES);
  for (const { role, path } of USER_DATA)
    annotateUnits(document.getIn(['Resources', ...path, 'UserData', 'Fn::Base64', 'Fn::Join', 1]), role);
  return document.toString({ lineWidth: 0 });
}
