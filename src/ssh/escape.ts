/** Owns the way out of a terminal session whose far side hangs: `~.` at the beginning of a line, as in OpenSSH. */

const TILDE = 0x7e;
const DOT = 0x2e;
const LINE_ENDS = new Set([0x0a, 0x0d]);

export interface EscapeFilter {
  /** Bytes to send for what was typed; `leave` when the person asked to. */
  push(typed: Uint8Array): { readonly send: Uint8Array; readonly leave: boolean };
}

/** `~~` at the beginning of a line sends one tilde. */
export function createEscapeFilter(): EscapeFilter {
  let atLineStart = true;
  let tilde = false;
  return {
    push(typed) {
      const send: number[] = [];
      for (const byte of typed) {
        if (tilde) {
          tilde = false;
          if (byte === DOT) return { send: Uint8Array.from(send), leave: true };
          send.push(TILDE);
          if (byte === TILDE) {
            atLineStart = false;
            continue;
          }
        } else if (atLineStart && byte === TILDE) {
          tilde = true;
          continue;
        }
        send.push(byte);
        atLineStart = LINE_ENDS.has(byte);
      }
      return { send: Uint8Array.from(send), leave: false };
    },
  };
}
