/**
 * Owns who we say we are: key files and ssh-agent keys as offers to a server, each with its signature. A passphrase is asked
 * for once, only when the server has accepted the key (or the public half cannot be read without it), and kept in memory.
 */
import { type KeyObject, sign } from 'node:crypto';
import { inputError, KubecoreError } from '../cluster/errors.ts';
import type { AskPassphrase } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { agentKeys, agentSign } from './agent.ts';
import { sha256Fingerprint } from './fingerprint.ts';
import { type KeyFile, readKeyFile, tildePath, tooOpenError } from './key-file.ts';
import { type PublicKey, parsePublicLine, publicKeyOf } from './keys.ts';

export type Identity =
  | { readonly kind: 'file'; readonly path: string }
  /** `only`: an OpenSSH public line; the agent's other keys are not offered. */
  | { readonly kind: 'agent'; readonly socket: string; readonly only?: string };

export type SignatureHash = 'sha1' | 'sha256' | 'sha512';

/** One key to try. */
export interface Offer {
  /** For a person: `~/.ssh/coreos.pem`, `ssh-agent (user@host)`. */
  readonly label: string;
  readonly publicKey: PublicKey;
  /** `hash` is the one that the signature algorithm names (RSA); null leaves it to the key. Raw for RSA and ed25519, DER for ECDSA. */
  sign(data: Buffer, hash: SignatureHash | null): Promise<Buffer>;
}

export interface Offers {
  readonly offers: readonly Offer[];
  /** Identities that could not be used, for the error should nothing else do. */
  readonly problems: readonly KubecoreError[];
}

export interface Keyring {
  load(): Promise<Offers>;
  /**
   * Asks now for the passphrases that logins would ask for. What the agent holds needs none.
   * @throws KubecoreError (input, NoPassphrase) when one was not given
   */
  unlock(): Promise<void>;
}

/** An offer with what only its keyring knows. */
interface Held extends Offer {
  /** Opens an encrypted key; null when there is nothing to open. */
  readonly open: (() => Promise<unknown>) | null;
}

/** The code of the refusal of a key whose passphrase nobody gave. */
export const NO_PASSPHRASE = 'NoPassphrase';

const ATTEMPTS = 3;

/** Keys that a person has unlocked, by path; several keyrings that share them ask once. */
export type Unlocked = Map<string, Promise<KeyObject>>;

/** The keyring of one shell: files are read again for each connection, passphrases are asked once. */
export function createKeyring(options: {
  readonly identities: readonly Identity[];
  readonly askPassphrase?: AskPassphrase | undefined;
  readonly unlocked?: Unlocked | undefined;
  /** How often a wrong passphrase is asked for, by default 3 times. */
  readonly attempts?: number | undefined;
  /** How long an ssh-agent may take to list its keys. Default 3,000. */
  readonly agentAnswerMs?: number;
}): Keyring {
  const unlocked: Unlocked = options.unlocked ?? new Map();

  const unlock = (file: KeyFile): Promise<KeyObject> => {
    const cached = unlocked.get(file.path);
    if (cached !== undefined) return cached;
    // Several connections may want it at once: they share one question. A refusal is not kept.
    const asking = ask(file, options.askPassphrase, options.attempts ?? ATTEMPTS);
    unlocked.set(file.path, asking);
    asking.catch(() => unlocked.delete(file.path));
    return asking;
  };

  const offerOfFile = async (path: string): Promise<Held> => {
    const file = await readKeyFile(path);
    if (file.tooOpen !== null) throw tooOpenError(file);
    const open = () => (file.key.encrypted ? unlock(file) : Promise.resolve(file.key.unlock()));
    const publicKey = file.publicKey ?? publicKeyOf(await open());
    if (publicKey === null) {
      throw inputError(
        `the private key ${printable(path)} cannot be used`,
        'ssh has no use for its kind',
        'give an RSA, ECDSA or ed25519 key',
      );
    }
    return {
      label: printable(tildePath(path)),
      publicKey,
      open: file.key.encrypted ? open : null,
      sign: async (data, hash) => signWith(await open(), publicKey, data, hash),
    };
  };

  const offersOfAgent = async (socket: string, only: string | undefined): Promise<Held[]> => {
    const wanted = only === undefined ? null : parsePublicLine(only);
    let keys: PublicKey[];
    try {
      keys = await agentKeys(socket, options.agentAnswerMs);
    } catch (error) {
      throw new KubecoreError({
        what: 'the ssh-agent gave no keys',
        why: printable(String((error as Error).message)),
        next: 'start it and add the key: ssh-add KEY',
        fault: 'input',
        code: 'Agent',
        cause: error,
      });
    }
    return keys
      .filter((key) => wanted === null || key.blob.equals(wanted.blob))
      .map((publicKey) => ({
        label: `ssh-agent (${publicKey.comment === '' ? sha256Fingerprint(publicKey.blob) : printable(publicKey.comment, 80)})`,
        publicKey,
        open: null,
        sign: (data, hash) => agentSign(socket, publicKey, data, hash ?? undefined),
      }));
  };

  const load = async (): Promise<Offers & { readonly offers: readonly Held[] }> => {
    const offers: Held[] = [];
    const problems: KubecoreError[] = [];
    for (const identity of options.identities) {
      try {
        const found =
          identity.kind === 'file'
            ? [await offerOfFile(identity.path)]
            : await offersOfAgent(identity.socket, identity.only);
        // The same key in a file and in the agent is tried once: a server counts each try.
        for (const offer of found) {
          const same = offers.findIndex((other) => other.publicKey.blob.equals(offer.publicKey.blob));
          if (same < 0) offers.push(offer);
          // What the agent holds needs no passphrase.
          else if (offers[same]?.open && !offer.open) offers[same] = offer;
        }
      } catch (error) {
        if (!(error instanceof KubecoreError)) throw error;
        problems.push(error);
      }
    }
    return { offers, problems };
  };

  return {
    load,
    async unlock() {
      const { offers, problems } = await load();
      // A key whose public half is encrypted too is asked for on the way to its offer.
      const refused = problems.find(({ code }) => code === NO_PASSPHRASE);
      if (refused !== undefined) throw refused;
      for (const offer of offers) await offer.open?.();
    },
  };
}

/** Signs as RFC 4253, 5656, 8332 and 8709 ask; ECDSA in DER, which ssh2 turns into SSH's form. */
function signWith(key: KeyObject, publicKey: PublicKey, data: Buffer, hash: SignatureHash | null): Buffer {
  if (publicKey.type === 'ssh-ed25519') return sign(null, data, key);
  if (publicKey.type === 'ssh-rsa') return sign(hash ?? 'sha1', data, key);
  const bits = publicKey.type.slice(-3);
  return sign(bits === '256' ? 'sha256' : bits === '384' ? 'sha384' : 'sha512', data, key);
}

async function ask(
  file: KeyFile,
  askPassphrase: AskPassphrase | undefined,
  attempts: number,
): Promise<KeyObject> {
  const label = printable(tildePath(file.path));
  const what = `the private key ${label} cannot be used`;
  if (askPassphrase === undefined) {
    throw inputError(
      what,
      'it is encrypted and nobody can be asked for its passphrase',
      `run: ssh-add ${label}`,
    );
  }
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const passphrase = await askPassphrase(label, attempt);
    if (passphrase === null) break;
    try {
      return file.key.unlock(passphrase);
    } catch {
      // Wrong: ask again.
    }
  }
  throw new KubecoreError({
    what,
    why: 'its passphrase was not given',
    next: `run again, or unlock it with: ssh-add ${label}`,
    fault: 'input',
    code: NO_PASSPHRASE,
  });
}
