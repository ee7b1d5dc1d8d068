/** Owns step 1's state: the article's checklist, each item as it was found, and what the screen says of it. */
import type { KubecoreError } from '../../cluster/errors.ts';
import type { Identity, KeyPair, ToolFound } from '../../cluster/ports.ts';
import { sanitise } from '../sanitise.ts';
import { LOOKING, type Look } from './look.ts';

/** The article's three variables. */
export const VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_DEFAULT_REGION'] as const;
export type Variable = (typeof VARIABLES)[number];

export interface PrerequisitesState {
  /** Grows with each look; answers of older ones are dropped. */
  readonly round: number;
  readonly account: Look<Identity>;
  /** Of the secrets, only whether they are set; of the region, its value. */
  readonly variables: Readonly<Record<Variable, string | null>>;
  readonly aws: Look<ToolFound | null>;
  readonly jq: Look<ToolFound | null>;
  readonly keyPairs: Look<readonly KeyPair[]>;
  /** What is selected while there is no account: sandbox, again, quit. */
  readonly choice: NoAccountChoice;
  readonly switching: boolean;
  /** The sandbox could not be started, or Enter came too early. */
  readonly notice: string | null;
}

export const NO_ACCOUNT_CHOICES = ['sandbox', 'again', 'quit'] as const;
export type NoAccountChoice = (typeof NO_ACCOUNT_CHOICES)[number];

export type PrerequisitesAction =
  | {
      readonly type: 'look';
      readonly variables: PrerequisitesState['variables'];
    }
  | {
      readonly type: 'found';
      readonly round: number;
      readonly what: Partial<Pick<PrerequisitesState, 'account' | 'aws' | 'jq' | 'keyPairs'>>;
    }
  | { readonly type: 'choose'; readonly choice: NoAccountChoice }
  | { readonly type: 'switching' }
  | { readonly type: 'notice'; readonly text: string | null };

export const initialPrerequisites: PrerequisitesState = {
  round: 0,
  account: LOOKING,
  variables: { AWS_ACCESS_KEY_ID: null, AWS_SECRET_ACCESS_KEY: null, AWS_DEFAULT_REGION: null },
  aws: LOOKING,
  jq: LOOKING,
  keyPairs: LOOKING,
  choice: 'sandbox',
  switching: false,
  notice: null,
};

export function reducePrerequisites(
  state: PrerequisitesState,
  action: PrerequisitesAction,
): PrerequisitesState {
  switch (action.type) {
    case 'look':
      return {
        ...initialPrerequisites,
        round: state.round + 1,
        variables: action.variables,
        choice: state.choice,
      };
    case 'found':
      return action.round === state.round ? { ...state, ...action.what, notice: null } : state;
    case 'choose':
      return { ...state, choice: action.choice };
    case 'switching':
      return { ...state, switching: true, notice: null };
    case 'notice':
      return { ...state, notice: action.text, switching: false };
  }
}

/** All that a launch needs is there. */
export const isReady = (state: PrerequisitesState): boolean =>
  state.account.status === 'known' && state.keyPairs.status === 'known';

/** There is no account to work with: the sandbox is offered. */
export const hasNoAccount = (state: PrerequisitesState): boolean => state.account.status === 'failed';

/** `note`: not as in the article's checklist, and no hindrance. */
export type Mark = 'looking' | 'ok' | 'note' | 'failed';

export interface Check {
  readonly label: string;
  readonly mark: Mark;
  readonly detail: string;
  /** How to mend it. */
  readonly next: string | null;
}

/** The checklist in the article's order, in words. `backend` is null while there are no credentials. */
export function checklist(
  state: PrerequisitesState,
  backend: { readonly kind: 'aws' | 'sandbox'; readonly region: string } | null,
): readonly Check[] {
  return [
    accountCheck(state, backend?.kind ?? null),
    ...VARIABLES.map((name) => variableCheck(state, name, backend)),
    toolCheck('aws', state.aws),
    toolCheck('jq', state.jq),
    keyPairsCheck(state, backend?.region ?? null),
  ];
}

function accountCheck(state: PrerequisitesState, kind: 'aws' | 'sandbox' | null): Check {
  const label = 'AWS account';
  const look = state.account;
  if (look.status === 'looking') return looking(label, 'asking AWS who you are');
  if (look.status === 'failed') return broken(label, look.error);
  const { account, arn } = look.value;
  if (kind === 'sandbox')
    return {
      label,
      mark: 'ok',
      detail: `${sanitise(account)}, simulated on this computer`,
      next: null,
    };
  return { label, mark: 'ok', detail: `${sanitise(account)}  ${sanitise(arn)}`, next: null };
}

function variableCheck(
  state: PrerequisitesState,
  name: Variable,
  backend: { readonly kind: 'aws' | 'sandbox'; readonly region: string } | null,
): Check {
  const value = state.variables[name];
  if (value !== null) return { label: name, mark: 'ok', detail: sanitise(value), next: null };
  if (backend?.kind === 'sandbox') {
    const instead =
      name === 'AWS_DEFAULT_REGION' ? `the sandbox plays ${backend.region}` : 'the sandbox needs none';
    return { label: name, mark: 'note', detail: `not set: ${instead}`, next: null };
  }
  if (name === 'AWS_DEFAULT_REGION' && backend !== null) {
    return { label: name, mark: 'note', detail: `not set: ${backend.region} is used`, next: null };
  }
  if (state.account.status === 'known') {
    return {
      label: name,
      mark: 'note',
      detail: 'not set: credentials come from elsewhere (profile, SSO or role)',
      next: null,
    };
  }
  if (state.account.status === 'looking') return { label: name, mark: 'note', detail: 'not set', next: null };
  const example = name === 'AWS_DEFAULT_REGION' ? 'us-east-1' : '…';
  return { label: name, mark: 'failed', detail: `not set: export ${name}=${example}`, next: null };
}

function toolCheck(name: 'aws' | 'jq', look: Look<ToolFound | null>): Check {
  const aside = 'not needed by kubecore';
  if (look.status === 'looking') return looking(name, 'looking on the PATH');
  if (look.status === 'failed')
    return { label: name, mark: 'note', detail: `${look.error.why}; ${aside}`, next: null };
  if (look.value === null)
    return { label: name, mark: 'note', detail: `not installed: ${aside}`, next: null };
  return {
    label: name,
    mark: 'ok',
    detail: `${sanitise(look.value.version)}, ${aside}`,
    next: null,
  };
}

function keyPairsCheck(state: PrerequisitesState, region: string | null): Check {
  const label = 'EC2 key pairs';
  const look = state.keyPairs;
  if (look.status === 'looking') return looking(label, 'asking EC2 for the list');
  if (look.status === 'failed') {
    // Without an account there is no list; the account's own line says how to mend that.
    return state.account.status === 'failed'
      ? { label, mark: 'failed', detail: 'unknown without an account', next: null }
      : broken(label, look.error);
  }
  const names = look.value.map((pair) => sanitise(pair.name));
  if (names.length === 0) {
    return { label, mark: 'ok', detail: `none in ${region} yet: the next step creates one`, next: null };
  }
  return { label, mark: 'ok', detail: `${names.length} in ${region}: ${names.join(', ')}`, next: null };
}

const looking = (label: string, detail: string): Check => ({ label, mark: 'looking', detail, next: null });

const broken = (label: string, error: KubecoreError): Check => ({
  label,
  mark: 'failed',
  detail: sanitise(`${error.what}: ${error.why}`),
  next: sanitise(error.next),
});
