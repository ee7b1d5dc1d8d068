/** Owns the reading of host key fingerprints from an instance's EC2 console output. */

export interface ConsoleFingerprints {
  /** `SHA256:…` without padding. */
  readonly sha256: string[];
  /** `MD5:aa:bb:…`, lower case. */
  readonly md5: string[];
}

const FINGERPRINT =
  /(?:SHA256:([A-Za-z0-9+/]{43})=?(?![A-Za-z0-9+/=]))|(?:(?:MD5:)?\b((?:[0-9a-f]{2}:){15}[0-9a-f]{2})(?![:0-9a-f]))/gi;

/**
 * Fingerprints that the instance printed for its own host keys:
 * - cloud-init's block between `BEGIN` and `END SSH HOST KEY FINGERPRINTS`, whose lines may carry a prefix (`ec2:`, a time);
 * - CoreOS's `SSH host key: FINGERPRINT (TYPE)` above the login prompt.
 *
 * Nothing else counts: the same output also holds fingerprints of the keys that may log in, which prove nothing about the host.
 */
export function parseConsoleFingerprints(text: string): ConsoleFingerprints {
  const sha256 = new Set<string>();
  const md5 = new Set<string>();
  let inBlock = false;
  for (const line of text.split(/[\r\n]+/)) {
    if (/-----BEGIN SSH HOST KEY FINGERPRINTS-----/.test(line)) inBlock = true;
    else if (/-----END SSH HOST KEY FINGERPRINTS-----/.test(line)) inBlock = false;
    else if (inBlock || /\bSSH host key: /.test(line)) {
      for (const [, base64, hex] of line.matchAll(FINGERPRINT)) {
        if (base64 !== undefined) sha256.add(`SHA256:${base64}`);
        if (hex !== undefined) md5.add(`MD5:${hex.toLowerCase()}`);
      }
    }
  }
  return { sha256: [...sha256], md5: [...md5] };
}
