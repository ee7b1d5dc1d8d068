/** Owns looking up a unit file of the article by its name, as it is on a node of a role. */
import { inputError } from '../cluster/errors.ts';
import type { Role } from '../cluster/model.ts';
import { nearest, type Parameters } from '../cluster/parameters.ts';
import { unitsOf } from './coreos-2014/cloud-config.ts';
import { myapp } from './coreos-2014/myapp.ts';
import { type Form, nodeChoices } from './coreos-2014/node.ts';
import type { Unit } from './coreos-2014/unit.ts';
import { fillPieces, joinPieces } from './lines.ts';
import { holeValues } from './values.ts';

export interface UnitFile {
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly about: string;
  /** The role whose file this is: the one asked for, else the first that has the unit. null: no node's, but for fleet to schedule. */
  readonly role: Role | null;
  readonly text: string;
}

const ROLES: readonly Role[] = ['master', 'minion'];

/** The names of all unit files that can be had. */
export function unitNames(): readonly string[] {
  const choices = nodeChoices({ binariesUrl: null, updateGroup: '', rebootStrategy: '' }, 'default');
  const units = ROLES.flatMap((role) => unitsOf('kubernetes', role, choices));
  return [...new Set([...units.filter(({ file }) => file !== null).map(({ name }) => name), myapp.name])];
}

/**
 * The file of the unit called `name` (`.service` may be left out).
 * @throws KubecoreError (input): no such unit (with the nearest name), not on nodes of that role, or the image's own
 */
export function unitFile(name: string, parameters: Parameters, role: Role | null, form: Form): UnitFile {
  const choices = nodeChoices(parameters, form);
  const called = (unit: Unit): boolean => unit.name === name || unit.name === `${name}.service`;
  const read = (unit: Unit, whose: Role | null): UnitFile => {
    if (unit.file === null)
      throw inputError(
        `${unit.name} has no file of ours`,
        'the CoreOS image brings it along, the cloud-config only starts it',
        'kubecore render cloud-config shows its settings',
      );
    const text = fillPieces(joinPieces(unit.file), holeValues(parameters));
    return { name: unit.name, about: unit.about, role: whose, text };
  };
  if (called(myapp)) return read(myapp, null);
  const found = ROLES.flatMap((whose) =>
    unitsOf('kubernetes', whose, choices)
      .filter(called)
      .map((unit) => ({ unit, whose })),
  );
  const [first] = found;
  if (first === undefined) {
    const names = unitNames();
    throw inputError(
      `there is no unit "${name}"`,
      'the article does not have it',
      `did you mean ${nearest(name, name.includes('.') ? names : names.map((one) => one.replace(/\.service$/, '')))}? The units are ${names.join(', ')}`,
    );
  }
  const wanted = role === null ? first : found.find(({ whose }) => whose === role);
  if (wanted === undefined)
    throw inputError(
      `a ${role} has no ${first.unit.name}`,
      `it belongs to the ${first.whose} alone`,
      `kubecore render unit ${first.unit.name} --role ${first.whose}`,
    );
  return read(wanted.unit, wanted.whose);
}
