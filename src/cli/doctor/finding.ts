/** Owns what one look of `kubecore doctor` comes to. */

/** `absent`: not there, and kubecore does without. */
export type State = 'ok' | 'absent' | 'bad';

export interface Finding {
  readonly check: string;
  readonly state: State;
  readonly found: string;
  /** null when all is well. */
  readonly next: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, next: null });
export const absent = (check: string, found: string, next: string | null = null): Finding => ({
  check,
  state: 'absent',
  found,
  next,
});
export const bad = (check: string, found: string, next: string): Finding => ({
  check,
  state: 'bad',
  found,
  next,
});
