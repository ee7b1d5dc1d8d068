/**
 * Owns what is done with Kubernetes objects over kubecfg: the words of each kind, what a refusal means, a rolling update that
 * is watched. The commands and the console's acts share it.
 */
import { KubecoreError } from './errors.ts';
import type { Kind, RowOf } from './model.ts';
import { MASTER, type RunOptions, type RunResult, type Shell } from './ports.ts';
import { LIMITS } from './sources.ts';
import * as kubecfg from './tools/kubecfg.ts';
import { decode, nonEmptyLines } from './tools/output.ts';

/** Kinds that kubecfg's verbs work on. */
export type KubeKind = Extract<Kind, 'pods' | 'services' | 'controllers' | 'minions'>;

export interface KubeWords<K extends KubeKind> {
  readonly resource: kubecfg.KubeResource;
  /** The API's word, as a file's `kind`. */
  readonly kind: string;
  readonly one: string;
  readonly read: (stdout: Uint8Array) => readonly RowOf[K][];
}

export const KUBE_WORDS: { readonly [K in KubeKind]: KubeWords<K> } = {
  pods: { resource: 'pods', kind: 'Pod', one: 'pod', read: kubecfg.readPods },
  services: { resource: 'services', kind: 'Service', one: 'service', read: kubecfg.readServices },
  controllers: {
    resource: 'replicationControllers',
    kind: 'ReplicationController',
    one: 'replication controller',
    read: kubecfg.readControllers,
  },
  minions: { resource: 'minions', kind: 'Minion', one: 'minion', read: kubecfg.readMinions },
};

/** `list pods` takes up to 50 s in a large cluster (FACTS.md); the others answer at once, or after some operations. */
export const timeoutOf = (kind: KubeKind): number => (kind === 'pods' ? LIMITS.pods : 30_000);

/** glog's prefix and level. */
const GLOG = /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.-]+:\d+\] /;

/** The error for a kubecfg that ended badly, with all that it said; null when it did not. */
export function refusal(what: string, result: RunResult): KubecoreError | null {
  const error = kubecfg.failure(what, result);
  if (error === null || error.code !== 'ApiFailed') return error;
  // Lines of level I tell that it waits for an operation; the rest is the refusal, whole.
  const why = nonEmptyLines(decode(result.stderr))
    .filter((line) => !/^I\d{4} /.test(line))
    .map((line) => line.replace(GLOG, '').replace(/^(Got request error|Error): /, ''))
    .join('; ');
  return new KubecoreError({
    what,
    why: why === '' ? error.why : why,
    next: /already exists/.test(why)
      ? 'choose another name, or delete that one first'
      : /is invalid|parsing/.test(why)
        ? 'mend the file and try again'
        : error.next,
    fault: 'cluster',
    code: 'ApiFailed',
  });
}

/**
 * Runs kubecfg on the master.
 * @throws KubecoreError, see `refusal`
 */
export async function kube(
  shell: Shell,
  what: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const result = await shell.run(MASTER, argv, { priority: 'interactive', ...options });
  const error = refusal(what, result);
  if (error) throw error;
  return result;
}
