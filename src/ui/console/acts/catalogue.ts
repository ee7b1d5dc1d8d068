/** Owns the list of all acts, and which of them a pane offers. */
import type { BlueprintName } from '../../../cluster/model.ts';
import type { Act, ActScene } from './act.ts';
import { KUBE_ACTS } from './kube.ts';
import { NODE_ACTS } from './nodes.ts';
import { UNIT_ACTS } from './units.ts';

export const ACTS: readonly Act[] = [...UNIT_ACTS, ...KUBE_ACTS, ...NODE_ACTS];

/** Without fleet there are no units to give it, without Kubernetes no objects. */
const ACTS_ON: Readonly<Record<BlueprintName, readonly Act[]>> = {
  single: NODE_ACTS,
  fleet: [...UNIT_ACTS, ...NODE_ACTS],
  kubernetes: ACTS,
};

/** Why an act is not for this console at all, whatever is selected; null when it is. */
export function refusal(act: Act, { cluster, hands }: ActScene): string | null {
  if (!ACTS_ON[cluster.blueprint].includes(act))
    return `${cluster.name} has no ${UNIT_ACTS.includes(act) ? 'fleet' : 'Kubernetes'}`;
  return act.changes && hands.readOnly ? 'nothing may be changed: --read-only' : null;
}

export const isAllowed = (act: Act, scene: ActScene): boolean => refusal(act, scene) === null;

/** What the pane in front offers: what can be done now first. */
export function actsFor(scene: ActScene): readonly { readonly act: Act; readonly unfit: string | null }[] {
  const offered = ACTS.filter(
    (act) =>
      isAllowed(act, scene) &&
      (act.kinds === 'all' || (scene.kind !== null && act.kinds.includes(scene.kind))),
  ).map((act) => ({ act, unfit: act.unfit(scene) }));
  return [...offered.filter(({ unfit }) => unfit === null), ...offered.filter(({ unfit }) => unfit !== null)];
}

export const actNamed = (id: string): Act | undefined => ACTS.find((act) => act.id === id);
