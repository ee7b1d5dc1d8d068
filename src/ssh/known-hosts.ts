/** Owns the known_hosts format (sshd(8)): reading its lines, matching names, and writing a line. Pure. */
import { createHmac } from 'node:crypto';
import { typeOfBlob } from './keys.ts';

export interface KnownHost {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The names field as it is: patterns between commas, or one hashed name. */
  readonly names: string;
  readonly type: string;
  readonly blob: Buffer;
  /** 1-based. */
  readonly line: number;
}

/** Lines that cannot be read are left out, as ssh does. */
export function parseKnownHosts(text: string): KnownHost[] {
  const hosts: KnownHost[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw.trim().split(/[ \t]+/);
    if (words[0] === '' || words[0]?.startsWith('#')) continue;
    let marker: KnownHost['marker'] = 'none';
    if (words[0]?.startsWith('@')) {
      if (words[0] === '@revoked') marker = 'revoked';
      else if (words[0] === '@cert-authority') marker = 'cert-authority';
      else continue;
      words.shift();
    }
    const [names, type, base64] = words;
    if (names === undefined || type === undefined || base64 === undefined) continue;
    const blob = Buffer.from(base64, 'base64');
    if (typeOfBlob(blob) === type) hosts.push({ marker, names, type, blob, line: index + 1 });
  }
  return hosts;
}

/** How a host is named in known_hosts: the bare name on port 22, else `[name]:port`. */
export function hostName(host: string, port = 22): string {
  const lower = host.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

/** Does a names field cover this name (as `hostName` makes it)? A negated pattern that matches wins over all. */
export function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = names.split('|');
    const made = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
    return made.equals(Buffer.from(hash, 'base64'));
  }
  let matched = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!wildcardMatch(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** `*` is any run, `?` any one character. Linear in time, whatever the pattern. */
export function wildcardMatch(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t]) && pattern[p] !== '*') {
      p++;
      t++;
    } else if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** One line, with its newline. */
export function knownHostLine(names: readonly string[], type: string, blob: Uint8Array): string {
  return `${names.join(',')} ${type} ${Buffer.from(blob).toString('base64')}\n`;
}
