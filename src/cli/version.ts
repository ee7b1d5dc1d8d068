/** Owns the program's version: the build writes package.json's in. */
declare const KUBECORE_VERSION: string | undefined;

export const VERSION: string = typeof KUBECORE_VERSION === 'string' ? KUBECORE_VERSION : '0.0.0-source';
