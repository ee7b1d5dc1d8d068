/** Owns the state of something that is being looked at outside: on its way, known, or failed with a reason. */
import type { KubecoreError } from '../../cluster/errors.ts';

export type Look<T> =
  | { readonly status: 'looking' }
  | { readonly status: 'known'; readonly value: T }
  | { readonly status: 'failed'; readonly error: KubecoreError };

export const LOOKING = { status: 'looking' } as const;

export const known = <T>(value: T): Look<T> => ({ status: 'known', value });

export const failed = (error: KubecoreError): Look<never> => ({ status: 'failed', error });
