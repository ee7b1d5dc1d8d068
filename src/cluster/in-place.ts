/** Owns making suggested commands mean the cluster that was looked at: `kubecore logs etcd.service --sandbox --cluster web`. Pure. */

/** Commands as hints write them; what follows is prose. After `--` come the words for the node. */
const COMMAND = /\bkubecore (?:(logs [^\s;,]+(?: --machine [^\s;,]+)?|events)(?=[\s;,.]|$)|(ssh)( -- .*)?$)/g;

/** @param flags what names the place: `--sandbox`, `--cluster web`, `--host core@10.0.0.1` */
export function inPlace(hint: string, flags: readonly string[]): string {
  if (flags.length === 0) return hint;
  const place = flags.join(' ');
  return hint.replace(COMMAND, (_, plain?: string, ssh?: string, rest?: string) =>
    plain === undefined ? `kubecore ${ssh} ${place}${rest ?? ''}` : `kubecore ${plain} ${place}`,
  );
}
