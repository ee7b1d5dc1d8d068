/**
 * Owns the answer to a host key never seen: the fingerprints that the instance printed on its EC2 console decide; without
 * them a person does, or --accept-new-host-key; never silence. EC2 shows that output some minutes after sshd answers: until
 * then who has nobody to ask comes back.
 */
import { asKubecoreError, KubecoreError } from '../cluster/errors.ts';
import type { Cloud, Instance } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { parseConsoleFingerprints } from '../ssh/console-fingerprints.ts';
import type { FirstContact } from '../ssh/trust.ts';

export interface FirstContactPolicy {
  readonly cloud: Cloud | null;
  readonly instances: () => Promise<readonly Instance[]>;
  /** --accept-new-host-key. */
  readonly accept: boolean;
  /** Asks a person; null without a terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  readonly note: (text: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** An instance older than this has been shown by EC2, or never will be. */
const CONSOLE_LATE_MS = 10 * 60_000;

/** What can be known of an instance's own host keys. */
type Printed =
  | { readonly found: 'match' }
  | { readonly found: 'other'; readonly fingerprints: readonly string[] }
  | { readonly found: 'nothing'; readonly why: string; readonly mayCome: boolean };

/** A `firstContact` for src/ssh's trust. */
export function firstContact(
  policy: FirstContactPolicy,
): (info: FirstContact) => Promise<'trust' | 'refuse'> {
  return async (info) => {
    const printed = await printedFingerprints(policy, info);
    if (printed.found === 'match') return 'trust';
    if (printed.found === 'other') {
      throw new KubecoreError({
        what: `${info.address} shows a host key that its instance did not print`,
        why: `it offers ${info.sha256}, the EC2 console output has ${printed.fingerprints.join(', ')}: someone may be in between`,
        next: 'do not connect; compare with `aws ec2 get-console-output` from another network',
        fault: 'node',
        code: 'HostKeyNotPrinted',
      });
    }
    const described = `${info.keyType} ${info.sha256}`;
    if (policy.accept) {
      policy.note(`accepted the new host key of ${info.address}: ${described}`);
      return 'trust';
    }
    if (policy.ask) {
      const question = `The host key of ${info.address} cannot be checked: ${printed.why}.\n  ${described}\n  ${info.md5}\nTrust it? (yes/no) `;
      return (await policy.ask(question)) ? 'trust' : 'refuse';
    }
    throw new KubecoreError({
      what: `the host key of ${info.address} is not known`,
      why: `it is ${described}, and ${printed.why}`,
      next: printed.mayCome
        ? 'kubecore looks again by itself; or give --accept-new-host-key when you trust this fingerprint'
        : 'compare it with what the host says of itself (ssh-keygen -lf on its /etc/ssh/ssh_host_*_key.pub), then give --accept-new-host-key',
      // What a network does: worth another try.
      fault: printed.mayCome ? 'network' : 'node',
      code: printed.mayCome ? 'ConsoleLate' : 'HostKeyUnknown',
    });
  };
}

async function printedFingerprints(policy: FirstContactPolicy, info: FirstContact): Promise<Printed> {
  const nothing = (why: string, mayCome = false): Printed => ({ found: 'nothing', why, mayCome });
  if (policy.cloud === null) return nothing('no cloud is asked about it');
  const instances = await policy.instances().catch(() => []);
  const instance = instances.find(
    ({ id, publicAddress, publicName, privateAddress, state }) =>
      id === info.instanceId ||
      (info.instanceId === null &&
        state === 'running' &&
        [publicAddress, publicName, privateAddress].includes(info.address)),
  );
  if (!instance) return nothing('none of the instances has this address');
  let output: string | null;
  try {
    output = await policy.cloud.consoleOutput(instance.id);
  } catch (error) {
    return nothing(`its EC2 console output cannot be had (${printable(asKubecoreError(error).why)})`);
  }
  const { sha256, md5 } = parseConsoleFingerprints(output ?? '');
  if (sha256.includes(info.sha256) || md5.includes(info.md5)) return { found: 'match' };
  if (sha256.length + md5.length > 0) return { found: 'other', fingerprints: [...sha256, ...md5] };
  const young = policy.now() - instance.launchTime < CONSOLE_LATE_MS;
  return nothing(`its instance has printed no fingerprint on the EC2 console${young ? ' yet' : ''}`, young);
}
