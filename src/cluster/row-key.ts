/** Owns what makes a row of a snapshot the same row in the next one. */
import type { Kind, RowOf } from './model.ts';

export const KEY_OF: { readonly [K in Kind]: (row: RowOf[K]) => string } = {
  machines: (machine) => machine.id,
  units: (unit) => `${unit.name}@${unit.machineId ?? unit.ip ?? '-'}@${unit.source}`,
  minions: (minion) => minion.name,
  pods: (pod) => pod.name,
  services: (service) => service.name,
  controllers: (controller) => controller.name,
};

/** A row's identity, for selections that outlive a refresh. */
export function rowKey<K extends Kind>(kind: K, row: RowOf[K]): string {
  return KEY_OF[kind](row);
}
