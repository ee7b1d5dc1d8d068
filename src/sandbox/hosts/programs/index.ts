/**
 * Owns the table of simulated programs: what a program's file name says about how it behaves when a unit runs it.
 */
import type { ProgramContext } from '../processes.ts';
import type { Exit } from '../unit-state.ts';
import { BASIC } from './basic.ts';
import { DOCKER } from './docker.ts';
import { ETCD } from './etcd.ts';
import { FLANNEL } from './flannel.ts';
import { FLEET } from './fleet.ts';
import { KUBERNETES } from './kubernetes.ts';
import { VENDOR } from './vendor.ts';

export interface Program {
  /** Once, when it starts: sets `wakeAt`, `every` and the first lines. A program with none of them runs quietly for ever. */
  start?(context: ProgramContext): void;
  /** At `wakeAt`: acts, and ends when it returns an Exit. */
  wake?(context: ProgramContext): Exit | null;
  /** The nth periodic line, null for none this time. */
  line?(context: ProgramContext, n: number): string | null;
  /** Its child ended; by default it ends with the same status. */
  childEnded?(context: ProgramContext, status: number): Exit | null;
}

const UNKNOWN: Program = {
  start({ process }) {
    process.every = 15_000;
  },
  line: (_context, n) => `still running (${n + 1})`,
};

const TABLE: Readonly<Record<string, Program>> = {
  ...BASIC,
  ...DOCKER,
  ...ETCD,
  ...FLANNEL,
  ...FLEET,
  ...KUBERNETES,
  ...VENDOR,
};

/** The program of that name; any other executable is a daemon that says little. */
export function programFor(name: string): Program {
  return Object.hasOwn(TABLE, name) ? TABLE[name]! : UNKNOWN;
}
