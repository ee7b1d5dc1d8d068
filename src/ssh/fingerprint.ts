/**
 * Owns fingerprints: of host and user keys as OpenSSH prints them, and of key pairs as EC2 prints them
 * (docs.aws.amazon.com, "Verify the fingerprint of your key pair" and API KeyPairInfo).
 */
import { createHash, type KeyObject } from 'node:crypto';
import type { KeyPair } from '../cluster/ports.ts';
import { keyObjectOf, type PublicKey, parsePublicLine, publicKeyOf } from './keys.ts';

/** `SHA256:` and base64 without padding, as ssh-keygen -l prints. */
export function sha256Fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** `MD5:aa:bb:…`, as ssh-keygen -l -E md5 prints. */
export function md5Fingerprint(blob: Uint8Array): string {
  return `MD5:${colons(createHash('md5').update(blob).digest())}`;
}

function colons(digest: Buffer): string {
  return digest.toString('hex').replace(/..(?!$)/g, '$&:');
}

/**
 * Every fingerprint that EC2 may print for this key: SHA-256 in padded base64 (ed25519), MD5 of the public key's DER (imported
 * RSA), and, when the private half is at hand, SHA-1 of its PKCS#8 DER (RSA made by EC2).
 */
export function ec2Fingerprints(key: PublicKey | KeyObject): string[] {
  const isPrivate = !('blob' in key) && key.type === 'private';
  const publicKey = 'blob' in key ? key : publicKeyOf(key);
  if (publicKey === null) return [];
  if (publicKey.type !== 'ssh-rsa') {
    return [createHash('sha256').update(publicKey.blob).digest('base64')];
  }
  const found: string[] = [];
  if (isPrivate) {
    const der = (key as KeyObject).export({ type: 'pkcs8', format: 'der' });
    found.push(colons(createHash('sha1').update(der).digest()));
  }
  const spki = keyObjectOf(publicKey)?.export({ type: 'spki', format: 'der' });
  if (spki !== undefined) found.push(colons(createHash('md5').update(spki).digest()));
  // The API's reference speaks of RFC 4716's MD5, which is of the SSH blob.
  found.push(colons(createHash('md5').update(publicKey.blob).digest()));
  return found;
}

/** EC2's fingerprints with and without prefix and padding are the same one. */
function bare(fingerprint: string): string {
  return fingerprint
    .trim()
    .replace(/^(SHA256|MD5|SHA1):/i, '')
    .replace(/=+$/, '');
}

/** Does this key belong to the key pair: by public key when EC2 gave it, else by any of EC2's fingerprints. */
export function keyMatches(key: PublicKey | KeyObject, pair: KeyPair): boolean {
  const wanted = pair.publicKey === null ? null : parsePublicLine(pair.publicKey);
  if (wanted !== null) {
    const publicKey = 'blob' in key ? key : publicKeyOf(key);
    return publicKey?.blob.equals(wanted.blob) ?? false;
  }
  return ec2Fingerprints(key).some((fingerprint) => bare(fingerprint) === bare(pair.fingerprint));
}
