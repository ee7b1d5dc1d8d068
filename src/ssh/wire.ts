/** Owns the SSH wire's string encoding (RFC 4251), in which public keys are written. */

/** A length and the bytes. */
export function wireString(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const out = Buffer.alloc(4 + bytes.length);
  out.writeUInt32BE(bytes.length, 0);
  out.set(bytes, 4);
  return out;
}

/** An unsigned integer, big-endian without leading zeros, as an mpint (positive, so a set top bit gets a zero before it). */
export function wireInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  const trimmed = bytes.subarray(start);
  return wireString((trimmed[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), trimmed]) : trimmed);
}

/** Reads strings one after another; null at the end or when the data is cut short. */
export class WireReader {
  readonly #data: Buffer;
  #at: number;

  constructor(data: Uint8Array, at = 0) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.#data.length;
  }

  uint32(): number | null {
    if (this.#at + 4 > this.#data.length) return null;
    const value = this.#data.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  bytes(): Buffer | null {
    const length = this.uint32();
    if (length === null || this.#at + length > this.#data.length) return null;
    const value = this.#data.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  text(): string | null {
    return this.bytes()?.toString('latin1') ?? null;
  }
}
