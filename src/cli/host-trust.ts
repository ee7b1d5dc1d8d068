/**
 * Owns the answer to a host key never seen: the fingerprints that the instance printed on its EC2 console decide; without
 * them a person does, or --accept-new-host-key; never silence.
 */
import { KubecoreError } from '../cluster/errors.ts';
import type { Cloud, Instance } from '../cluster/ports.ts';
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
}

/** A `firstContact` for src/ssh's trust. */
export function firstContact(
  policy: FirstContactPolicy,
): (info: FirstContact) => Promise<'trust' | 'refuse'> {
  return async (info) => {
    const printed = await printedFingerprints(policy, info);
    if (printed === 'match') return 'trust';
    if (printed !== null) {
      throw new KubecoreError({
        what: `${info.address} shows a host key that its instance did not print`,
        why: `it offers ${info.sha256}, the EC2 console output has ${printed.join(', ')}: someone may be in between`,
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
      const question = `The host key of ${info.address} cannot be checked: its instance has printed no fingerprint yet.\n  ${described}\n  ${info.md5}\nTrust it? (yes/no) `;
      return (await policy.ask(question)) ? 'trust' : 'refuse';
    }
    throw new KubecoreError({
      what: `the host key of ${info.address} is not known`,
      why: `it is ${described}, and its instance has printed no fingerprint on the EC2 console yet`,
      next: 'try again in some minutes, or give --accept-new-host-key when you trust this fingerprint',
      fault: 'node',
      code: 'HostKeyUnknown',
    });
  };
}

/** `match`, the fingerprints that were printed and differ, or null when none can be had. */
async function printedFingerprints(
  policy: FirstContactPolicy,
  info: FirstContact,
): Promise<'match' | readonly string[] | null> {
  if (policy.cloud === null) return null;
  const instances = await policy.instances().catch(() => []);
  const instance = instances.find(
    ({ id, publicAddress, publicName, privateAddress, state }) =>
      id === info.instanceId ||
      (info.instanceId === null &&
        state === 'running' &&
        [publicAddress, publicName, privateAddress].includes(info.address)),
  );
  if (!instance) return null;
  const output = await policy.cloud.consoleOutput(instance.id).catch(() => null);
  if (output === null) return null;
  const { sha256, md5 } = parseConsoleFingerprints(output);
  if (sha256.includes(info.sha256) || md5.includes(info.md5)) return 'match';
  return sha256.length + md5.length > 0 ? [...sha256, ...md5] : null;
}
