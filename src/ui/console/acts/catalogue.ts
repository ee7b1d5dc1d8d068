/** Owns the list of all acts, and which of them a pane offers. */
import type { Act, ActScene } from './act.ts';
import { KUBE_ACTS } from './kube.ts';
import { NODE_ACTS } from './nodes.ts';
import { UNIT_ACTS } from './units.ts';

export const ACTS: readonly Act[] = [...UNIT_ACTS, ...KUBE_ACTS, ...NODE_ACTS];

export const isAllowed = (act: Act, scene: ActScene): boolean => !act.changes || !scene.hands.readOnly;

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
