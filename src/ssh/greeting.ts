/**
 * Owns the first bytes of a server. RFC 4253 lets it say any number of lines before `SSH-2.0-…`; ssh2 fails when those come in three
 * pieces or more, and bounds neither their sum nor their time. So they are held here until the line is whole, and given on as one.
 */
import type { Duplex } from 'node:stream';

/** More than any login banner of an sshd; a server that says more is something else. */
export const MAX_GREETING_BYTES = 256 * 1024;

const IDENT = Buffer.from('SSH-');
const NEWLINE = 10;

/** Where the identification line ends (past its newline), or -1 while it has not come whole. */
export function identificationEnd(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; ; ) {
    const end = buffer.indexOf(NEWLINE, start);
    if (end < 0) return -1;
    if (buffer.subarray(start, start + IDENT.length).equals(IDENT)) return end + 1;
    start = end + 1;
  }
}

export interface HeldGreeting {
  /** What came first, at most 300 bytes, for the error should it be no SSH; null when nothing did. */
  first(): Buffer | null;
}

/**
 * Holds back the stream's data until the identification is whole; from then on the stream is as it was. Call it before anybody
 * listens. `tooLong` is called once when more than MAX_GREETING_BYTES came without one.
 */
export function holdGreeting(stream: Duplex, tooLong: () => void): HeldGreeting {
  let first: Buffer | null = null;
  let pieces: Buffer[] = [];
  let held = 0;
  let lineStart: Buffer = Buffer.alloc(0);
  const emit = stream.emit;

  const letGo = () => {
    Reflect.deleteProperty(stream, 'emit');
    const all = Buffer.concat(pieces);
    pieces = [];
    if (all.length > 0) stream.emit('data', all);
  };

  // Its own property shadows the prototype's, and is gone once the greeting is over: no hop for the gigabytes that follow.
  stream.emit = function (this: Duplex, event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'data') {
      // What it said before it closed is judged by whoever listens.
      if (event === 'end' || event === 'close') letGo();
      return emit.call(this, event, ...args);
    }
    const bytes = args[0] as Buffer;
    first ??= Buffer.from(bytes.subarray(0, 300));
    pieces.push(bytes);
    held += bytes.length;
    // Only the line that is not over yet is looked at again, and of a long one its beginning is enough.
    const seen = Buffer.concat([lineStart, bytes]);
    if (identificationEnd(seen) >= 0) letGo();
    else if (held > MAX_GREETING_BYTES) {
      pieces = [];
      letGo();
      tooLong();
    } else {
      lineStart = Buffer.from(seen.subarray(seen.lastIndexOf(NEWLINE) + 1).subarray(0, IDENT.length));
    }
    return true;
  } as typeof stream.emit;

  return { first: () => first };
}
