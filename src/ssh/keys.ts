/**
 * Owns the reading of keys: OpenSSH one-line public keys, and private keys as OpenSSH, PEM (PKCS#1, SEC1) or PKCS#8, plain
 * or encrypted. Signing is node:crypto's, so every form that either library reads will do.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import ssh2 from 'ssh2';
import { WireReader, wireInteger, wireString } from './wire.ts';

export interface PublicKey {
  /** `ssh-rsa`, `ssh-ed25519`, `ecdsa-sha2-nistp256`, … */
  readonly type: string;
  /** The key as the SSH wire writes it: what is compared and what fingerprints are made of. */
  readonly blob: Buffer;
  readonly comment: string;
}

export interface PrivateKey {
  readonly encrypted: boolean;
  /** null when it is inside the encrypted part. */
  readonly publicKey: PublicKey | null;
  /** The usable key. Throws when the passphrase is wrong or missing, or the key is damaged. */
  unlock(passphrase?: string): KeyObject;
}

/** A key's type word, read from its blob; null when it is no key. */
export function typeOfBlob(blob: Uint8Array): string | null {
  const type = new WireReader(blob).text();
  return type !== null && /^[a-z0-9@.-]{1,64}$/.test(type) ? type : null;
}

/** `ssh-ed25519 AAAA… comment`; null when the line is no public key. Options before the type (authorized_keys) are not read. */
export function parsePublicLine(line: string): PublicKey | null {
  const match = /^\s*([a-z0-9@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]+(.*?))?\s*$/.exec(line);
  if (match === null) return null;
  const [, type = '', base64 = '', comment = ''] = match;
  const blob = Buffer.from(base64, 'base64');
  return typeOfBlob(blob) === type ? { type, blob, comment } : null;
}

/** The OpenSSH one-line form. */
export function publicLine(key: PublicKey): string {
  const comment = key.comment === '' ? '' : ` ${key.comment}`;
  return `${key.type} ${key.blob.toString('base64')}${comment}`;
}

const CURVES: Record<string, string> = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' };

/** The public half of a node:crypto key; null for kinds that SSH does not use. */
export function publicKeyOf(key: KeyObject, comment = ''): PublicKey | null {
  const publicHalf = key.type === 'private' ? createPublicKey(key) : key;
  if (!['rsa', 'ec', 'ed25519'].includes(publicHalf.asymmetricKeyType ?? '')) return null;
  const jwk = publicHalf.export({ format: 'jwk' });
  const part = (name: 'n' | 'e' | 'x' | 'y') => Buffer.from(jwk[name] ?? '', 'base64url');
  if (jwk.kty === 'RSA') {
    const blob = Buffer.concat([wireString('ssh-rsa'), wireInteger(part('e')), wireInteger(part('n'))]);
    return { type: 'ssh-rsa', blob, comment };
  }
  if (jwk.kty === 'OKP') {
    return {
      type: 'ssh-ed25519',
      blob: Buffer.concat([wireString('ssh-ed25519'), wireString(part('x'))]),
      comment,
    };
  }
  const curve = CURVES[jwk.crv ?? ''];
  if (curve === undefined) return null;
  const type = `ecdsa-sha2-${curve}`;
  const point = Buffer.concat([Buffer.of(4), part('x'), part('y')]);
  return { type, blob: Buffer.concat([wireString(type), wireString(curve), wireString(point)]), comment };
}

/** A public blob as a node:crypto key; null for kinds that SSH does not use. */
export function keyObjectOf(publicKey: PublicKey): KeyObject | null {
  const reader = new WireReader(publicKey.blob);
  const type = reader.text();
  const url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const first = reader.bytes();
  const second = reader.bytes();
  if (first === null) return null;
  try {
    if (type === 'ssh-rsa' && second !== null) {
      const n = second[0] === 0 ? second.subarray(1) : second;
      return createPublicKey({ key: { kty: 'RSA', n: url(n), e: url(first) }, format: 'jwk' });
    }
    if (type === 'ssh-ed25519') {
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: url(first) }, format: 'jwk' });
    }
    const crv = Object.keys(CURVES).find((name) => CURVES[name] === first.toString('latin1'));
    if (crv === undefined || second === null || second[0] !== 4) return null;
    const half = (second.length - 1) / 2;
    const x = url(second.subarray(1, 1 + half));
    return createPublicKey({ key: { kty: 'EC', crv, x, y: url(second.subarray(1 + half)) }, format: 'jwk' });
  } catch {
    return null;
  }
}

const OPENSSH =
  /-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END OPENSSH PRIVATE KEY-----/;
const PEM = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/** A private key file's text; null when it holds no private key in a form that SSH uses. */
export function parsePrivateKey(text: string): PrivateKey | null {
  const openssh = OPENSSH.exec(text);
  if (openssh !== null) return parseOpenSsh(openssh[0], Buffer.from(openssh[1] ?? '', 'base64'));
  const pem = PEM.exec(text)?.[0];
  if (pem === undefined) return null;
  if (pem.startsWith('-----BEGIN ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return {
      encrypted: true,
      publicKey: null,
      unlock: (passphrase = '') => createPrivateKey({ key: pem, passphrase }),
    };
  }
  try {
    const key = createPrivateKey(pem);
    const publicKey = publicKeyOf(key);
    return publicKey === null ? null : { encrypted: false, publicKey, unlock: () => key };
  } catch {
    return null;
  }
}

/** openssh-key-v1: magic, cipher, kdf, kdf options, number of keys, public keys, then the private part. */
function parseOpenSsh(pem: string, data: Buffer): PrivateKey | null {
  const magic = 'openssh-key-v1\0';
  if (data.subarray(0, magic.length).toString('latin1') !== magic) return null;
  const reader = new WireReader(data, magic.length);
  const cipher = reader.text();
  reader.bytes();
  reader.bytes();
  reader.uint32();
  const blob = reader.bytes();
  const type = blob === null ? null : typeOfBlob(blob);
  if (cipher === null || blob === null || type === null) return null;
  const unlock = (passphrase?: string): KeyObject => {
    const parsed = ssh2.utils.parseKey(pem, passphrase === '' ? undefined : passphrase);
    if (parsed instanceof Error) throw parsed;
    // ssh2 gives a list for this format, of which it reads only the first.
    const key = Array.isArray(parsed) ? (parsed as (typeof parsed)[])[0] : parsed;
    if (key === undefined || key instanceof Error) throw new Error('the key file holds no key');
    return createPrivateKey(key.getPrivatePEM());
  };
  return { encrypted: cipher !== 'none', publicKey: { type, blob: Buffer.from(blob), comment: '' }, unlock };
}
