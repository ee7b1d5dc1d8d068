/** Owns AWS's limits on what a launch sends, checked before anything is sent. */
import { inputError } from '../cluster/errors.ts';

/** Bytes. EC2 user guide, "Instance user data" (16 KB before base64); CloudFormation user guide, "Quotas". */
export const LIMITS = { userData: 16_384, templateBody: 51_200, parameterValue: 4_096 } as const;

export interface Sizes {
  /** The template as it is sent. */
  readonly body?: string;
  /** Decoded user data by whom it belongs to: `master`, `minion`. */
  readonly userData?: Readonly<Record<string, string>>;
  /** Template parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
}

const count = (n: number): string => n.toLocaleString('en-US');

function check(what: string, text: string, limit: number, next: string): void {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > limit)
    throw inputError(
      `${what} is too big`,
      `${count(bytes)} bytes is ${count(bytes - limit)} more than AWS's ${count(limit)}`,
      next,
    );
}

/** Throws a KubecoreError (fault `input`) that says by how much, for the first thing that is over its limit. */
export function checkSizes(sizes: Sizes): void {
  for (const [name, value] of Object.entries(sizes.parameters ?? {}))
    check(`the value of ${name}`, value, LIMITS.parameterValue, 'give a shorter value');
  for (const [whose, text] of Object.entries(sizes.userData ?? {}))
    check(
      `the ${whose}'s user data`,
      text,
      LIMITS.userData,
      'shorten the discovery URL or the address of the mirror',
    );
  if (sizes.body !== undefined)
    check('the template', sizes.body, LIMITS.templateBody, 'shorten the values that are written into it');
}
