/** Owns the order in which a connection says who we are: what the server takes first, then key after key, each remembered. */
import ssh2, {
  type AuthenticationType,
  type AuthHandlerMiddleware,
  type IdentityCallback,
  type NextAuthHandler,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import { KubecoreError } from '../cluster/errors.ts';
import { printable } from '../cluster/printable.ts';
import { authError } from './errors.ts';
import type { Keyring, Offer, SignatureHash } from './keyring.ts';

/** ssh2's word for "nothing left to try", which its types leave out. */
const NO_MORE = false as unknown as AuthenticationType;

/** Of a banner, for an error's words. */
const BANNER_CHARACTERS = 1_000;

export interface Login {
  readonly handler: AuthHandlerMiddleware;
  /** What the server shows before a login. */
  heard(banner: string): void;
  /** Why nobody was let in; `said` is the server's last word when it broke off by itself. */
  failure(said: string | null): KubecoreError;
}

export interface LoginOptions {
  readonly to: string;
  readonly user: string;
  readonly keyring: Keyring;
  /** Brackets the time in which a person may be asked (passphrase, agent), which is not the server's fault. */
  readonly waiting: (begun: boolean) => void;
}

export function createLogin(options: LoginOptions): Login {
  const { to, user, keyring } = options;
  const tried: string[] = [];
  const problems: KubecoreError[] = [];
  let methods: readonly string[] = [];
  let queue: Offer[] | null = null;
  let banner: string | null = null;

  const whileWaiting = async <T>(work: () => Promise<T>): Promise<T> => {
    options.waiting(true);
    try {
      return await work();
    } finally {
      options.waiting(false);
    }
  };

  const nextOffer = async (): Promise<Offer | null> => {
    if (!methods.includes('publickey')) return null;
    if (queue === null) {
      const loaded = await whileWaiting(() => keyring.load());
      problems.push(...loaded.problems);
      queue = [...loaded.offers];
    }
    return queue.shift() ?? null;
  };

  const signer = (offer: Offer) => (data: Buffer, hash: SignatureHash | null) =>
    whileWaiting(() => offer.sign(data, hash)).catch((error) => {
      problems.push(toProblem(error, offer.label));
      throw error;
    });

  const proceed = async (next: NextAuthHandler): Promise<void> => {
    try {
      const offer = await nextOffer();
      if (offer === null) return next(NO_MORE);
      tried.push(offer.label);
      next({ type: 'agent', username: user, agent: new OfferAgent(offer.publicKey.blob, signer(offer)) });
    } catch (error) {
      problems.push(toProblem(error, to));
      next(NO_MORE);
    }
  };

  return {
    handler: (methodsLeft: readonly AuthenticationType[] | null, _partial, next) => {
      // The first answer tells what the server takes; "none" costs no try.
      if (methodsLeft === null) return next({ type: 'none', username: user });
      methods = methodsLeft;
      void proceed(next);
    },
    heard(text) {
      // The last one tells most, and a server may send any number.
      banner = text.slice(0, BANNER_CHARACTERS);
    },
    failure: (said) => authError({ to, user, tried, methods, problems, said, banner }),
  };
}

function toProblem(error: unknown, to: string): KubecoreError {
  if (error instanceof KubecoreError) return error;
  return new KubecoreError({
    what: `logging in to ${to} failed`,
    why: printable(String((error as Error).message)),
    next: 'check the key with: ssh-keygen -y -f KEY',
    fault: 'input',
    code: 'KeyUnusable',
    cause: error,
  });
}

/** One key behind ssh2's agent interface, which is asked for a signature only after the server has accepted the key. */
class OfferAgent extends ssh2.BaseAgent<Buffer> {
  readonly #blob: Buffer;
  readonly #sign: (data: Buffer, hash: SignatureHash | null) => Promise<Buffer>;

  constructor(blob: Buffer, sign: (data: Buffer, hash: SignatureHash | null) => Promise<Buffer>) {
    super();
    this.#blob = blob;
    this.#sign = sign;
  }

  override getIdentities(callback: IdentityCallback<Buffer>): void {
    callback(undefined, [this.#blob]);
  }

  override sign(
    _key: Buffer,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const [done, hash] =
      typeof options === 'function'
        ? [options, undefined]
        : [callback, options.hash as SignatureHash | undefined];
    const answer = (error?: Error, signature?: Buffer) => {
      try {
        done?.(error, signature);
      } catch {
        // The connection ended while the signature was made: that end is reported by itself.
      }
    };
    this.#sign(data, hash ?? null).then((signature) => answer(undefined, signature), answer);
  }
}
