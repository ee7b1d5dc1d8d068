/**
 * Owns ed25519 keys in OpenSSH's private format (PROTOCOL.key), which node:crypto cannot write. ssh2's own generator drops
 * leading zero bytes of the public key, so that one key in 256 is broken.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const string = (bytes: Buffer | string): Buffer => {
  const data = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
};

const TYPE = 'ssh-ed25519';

export interface OpenSshKey {
  /** PEM-like text, ending in a newline. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA… comment` */
  readonly publicKey: string;
  /** The public key as it goes over the wire: what fingerprints are made of. */
  readonly blob: Buffer;
}

/** A new ed25519 key. */
export function makeEd25519(comment: string): OpenSshKey {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return encodeEd25519(Buffer.from(d ?? '', 'base64url'), Buffer.from(x ?? '', 'base64url'), comment);
}

/** Writes a key from its 32-byte seed and public key. */
export function encodeEd25519(seed: Buffer, publicKey: Buffer, comment: string): OpenSshKey {
  const blob = Buffer.concat([string(TYPE), string(publicKey)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    string(TYPE),
    string(publicKey),
    string(Buffer.concat([seed, publicKey])),
    string(comment),
  ]);
  // Padded to the cipher's block size (8 without a cipher) with 1, 2, 3, …
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.alloc(4);
  one.writeUInt32BE(1);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    one,
    string(blob),
    string(Buffer.concat([secret, padding])),
  ]);
  const body = whole.toString('base64').replace(/(.{70})(?=.)/g, '$1\n');
  return {
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `${TYPE} ${blob.toString('base64')} ${comment}`,
    blob,
  };
}
