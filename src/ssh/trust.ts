/**
 * Owns the question whether a host is who it should be. Every host key is verified against known_hosts files: the user's own
 * (read only) and one of ours per cluster; a first contact is decided by the caller, who has the EC2 console output or a person.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { inputError, KubecoreError } from '../cluster/errors.ts';
import { printable } from '../cluster/printable.ts';
import { md5Fingerprint, sha256Fingerprint } from './fingerprint.ts';
import { typeOfBlob } from './keys.ts';
import { hostName, type KnownHost, knownHostLine, namesMatch, parseKnownHosts } from './known-hosts.ts';

/** Whom we are about to trust. */
export interface HostContact {
  /** The address as the user knows it (not the sandbox's loopback port behind it). */
  readonly address: string;
  readonly port: number;
  /** EC2's id when known: then the host is that instance, whoever had the address before. */
  readonly instanceId: string | null;
  /** Other names under which the user's known_hosts may hold it. */
  readonly knownAs: readonly string[];
  /** The user's known_hosts files for this host (UserKnownHostsFile); default: those of the trust. */
  readonly userFiles?: readonly string[] | undefined;
}

export interface FirstContact {
  readonly address: string;
  readonly instanceId: string | null;
  /** `ssh-ed25519`, … */
  readonly keyType: string;
  /** `SHA256:…` and `MD5:aa:…`, as ssh-keygen -l prints. */
  readonly sha256: string;
  readonly md5: string;
}

export interface HostTrust {
  /** Key types under which the host is known already, to be asked for first; empty when it is not known. */
  knownTypes(contact: HostContact): Promise<readonly string[]>;
  /** Returns when the key is the host's; throws a KubecoreError otherwise. */
  verify(contact: HostContact, blob: Uint8Array): Promise<void>;
}

export interface HostTrustOptions {
  /** Where new keys are written (0600); null keeps them in memory. */
  readonly ownFile: string | null;
  /** Read only: ~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts. */
  readonly userFiles: readonly string[];
  /** Decides on a key never seen. It may take a person's time. */
  firstContact(info: FirstContact): Promise<'trust' | 'refuse'>;
}

interface Known extends KnownHost {
  readonly file: string;
}

export function createHostTrust(options: HostTrustOptions): HostTrust {
  const refused = new Set<string>();
  const inMemory: Known[] = [];
  let asking: Promise<unknown> = Promise.resolve();

  /** Entries that speak of this host. An instance that is known by its id is not confused with an address's earlier owner. */
  const entries = async (contact: HostContact): Promise<{ own: Known[]; byAddress: Known[] }> => {
    const ownFile = options.ownFile === null ? inMemory : await read(options.ownFile);
    const userFiles = (await Promise.all((contact.userFiles ?? options.userFiles).map(read))).flat();
    const addressNames = [contact.address, ...contact.knownAs].map((name) => hostName(name, contact.port));
    const named = (name: string) => (entry: Known) => namesMatch(entry.names, name);
    const byAddress = [...(contact.instanceId === null ? ownFile : []), ...userFiles].filter((entry) =>
      addressNames.some((name) => named(name)(entry)),
    );
    const own = contact.instanceId === null ? [] : ownFile.filter(named(contact.instanceId));
    return { own, byAddress };
  };

  const decide = async (contact: HostContact, blob: Uint8Array): Promise<void> => {
    const type = typeOfBlob(blob);
    const to = printable(contact.address);
    if (type === null)
      throw hostKeyError('HostKeyInvalid', to, 'what it sent as its host key is none', 'try again');
    const { own, byAddress } = await entries(contact);
    const all = [...own, ...byAddress];
    const same = (entry: Known) => entry.blob.equals(blob);
    const sha256 = sha256Fingerprint(blob);

    const revoked = all.find((entry) => entry.marker === 'revoked' && same(entry));
    if (revoked !== undefined) {
      const where = `${printable(revoked.file)} line ${revoked.line}`;
      throw hostKeyError(
        'HostKeyRevoked',
        to,
        `its key ${sha256} is marked as revoked in ${where}`,
        'do not connect; ask whoever revoked it',
      );
    }
    const plain = (list: Known[]) => list.filter((entry) => entry.marker === 'none');
    if (plain(all).some(same)) return;
    // With an instance id, only what is written under that id can contradict.
    const contradicted = plain(contact.instanceId === null ? all : own)[0];
    if (contradicted !== undefined) throw changedError(contact, blob, contradicted);
    if (all.some((entry) => entry.marker === 'cert-authority')) {
      throw hostKeyError(
        'HostCertificateOnly',
        to,
        'your known_hosts covers it by a certificate authority only, and kubecore cannot check host certificates',
        `add its plain key: ssh-keyscan ${to} >> ~/.ssh/known_hosts, after comparing its fingerprint`,
      );
    }
    await first(contact, type, blob);
  };

  const first = async (contact: HostContact, type: string, blob: Uint8Array): Promise<void> => {
    const sha256 = sha256Fingerprint(blob);
    const to = printable(contact.address);
    const name = contact.instanceId ?? hostName(contact.address, contact.port);
    const refusal = () =>
      hostKeyError(
        'HostKeyRefused',
        to,
        `its key ${sha256} (${type}) is not known and was not accepted`,
        'compare the fingerprint with the one on the EC2 console and accept it, or run with --accept-new-host-key',
      );
    // Said once: a poller that comes back must not ask a person again.
    if (refused.has(`${name} ${sha256}`)) throw refusal();
    const { address, instanceId } = contact;
    const info = { address, instanceId, keyType: type, sha256, md5: md5Fingerprint(blob) };
    if ((await options.firstContact(info)) !== 'trust') {
      refused.add(`${name} ${sha256}`);
      throw refusal();
    }
    await remember(name, type, blob);
  };

  const remember = async (name: string, type: string, blob: Uint8Array): Promise<void> => {
    const line = knownHostLine([name], type, blob);
    if (options.ownFile === null) {
      inMemory.push(...parseKnownHosts(line).map((entry) => ({ ...entry, file: 'memory' })));
      return;
    }
    try {
      await mkdir(dirname(options.ownFile), { recursive: true, mode: 0o700 });
      const before = await text(options.ownFile);
      const gap = before === '' || before.endsWith('\n') ? '' : '\n';
      await writeFileAtomic(options.ownFile, before + gap + line, { mode: 0o600 });
    } catch (error) {
      throw inputError(
        `the host key of ${printable(name)} could not be kept in ${printable(options.ownFile)}`,
        printable((error as Error).message),
        'make that file writable',
      );
    }
  };

  return {
    async knownTypes(contact) {
      const { own, byAddress } = await entries(contact);
      const types = [...own, ...byAddress]
        .filter((entry) => entry.marker === 'none')
        .map((entry) => entry.type);
      return [...new Set(types)];
    },
    verify(contact, blob) {
      // One at a time: two connections to a new host ask one question, and the second finds the answer written.
      const turn = asking.then(() => decide(contact, blob));
      asking = turn.catch(() => {});
      return turn;
    },
  };
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw inputError(
      `the known host keys in ${printable(file)} could not be read`,
      printable((error as Error).message),
      'make that file readable',
    );
  }
}

async function read(file: string): Promise<Known[]> {
  return parseKnownHosts(await text(file)).map((entry) => ({ ...entry, file }));
}

function hostKeyError(code: string, to: string, why: string, next: string): KubecoreError {
  return new KubecoreError({ what: `${to} is not trusted`, why, next, fault: 'node', code });
}

function changedError(contact: HostContact, blob: Uint8Array, known: Known): KubecoreError {
  const to = printable(contact.address);
  const name = contact.instanceId ?? hostName(contact.address, contact.port);
  const where = `${printable(known.file)} line ${known.line}`;
  return new KubecoreError({
    what: `the host key of ${to} has changed`,
    why:
      `it shows ${sha256Fingerprint(blob)} (${typeOfBlob(blob)}), known is ` +
      `${sha256Fingerprint(known.blob)} (${known.type}) in ${where}: ` +
      'somebody may be listening in, or the host was made anew',
    next: `if you know why it changed, remove the old key: ssh-keygen -f ${printable(known.file)} -R ${printable(name)}`,
    fault: 'node',
    code: 'HostKeyChanged',
  });
}
