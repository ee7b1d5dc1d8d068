/**
 * Owns the finding of a few fields in a line of `journalctl -o json` without reading the other twenty: a log comes at the rate of
 * the network, and JSON.parse would make strings of all of it. Only a flat object of strings is understood, as journald names
 * and prints its fields (`{"A":"b","C":"d"}` today, `{ "A" : "b", "C" : "d" }` in 2014); whatever else a line may hold (null, arrays
 * of bytes, other spaces, what is no JSON) is left to JSON.parse.
 */

/** What is looked for, each by its number. */
export const FIELD = {
  MESSAGE: 0,
  PRIORITY: 1,
  SYSLOG_IDENTIFIER: 2,
  _COMM: 3,
  _SYSTEMD_UNIT: 4,
  UNIT: 5,
  _MACHINE_ID: 6,
  __CURSOR: 7,
  __REALTIME_TIMESTAMP: 8,
} as const;

export type FieldName = keyof typeof FIELD;
export type Field = (typeof FIELD)[FieldName];

const COUNT = Object.keys(FIELD).length;
const [QUOTE, BACKSLASH, COLON, COMMA, OPEN, CLOSE, SPACE] = [0x22, 0x5c, 0x3a, 0x2c, 0x7b, 0x7d, 0x20];

interface Name {
  readonly field: Field;
  readonly bytes: Buffer;
}

/** The names by their length, which tells most others apart at once. */
const NAMES: readonly (readonly Name[])[] = (() => {
  const longest = Math.max(...Object.keys(FIELD).map((name) => name.length));
  const names: Name[][] = Array.from({ length: longest + 1 }, () => []);
  for (const [name, field] of Object.entries(FIELD)) {
    names[name.length]?.push({ field, bytes: Buffer.from(name) });
  }
  return names;
})();

/** Finds the fields of one line after another. What it gives holds until the next `find`. */
export class FieldFinder {
  #line: Buffer = Buffer.alloc(0);
  /** Where each value begins (-1: the line has none) and ends, without its quotes. */
  readonly #start = new Int32Array(COUNT);
  readonly #end = new Int32Array(COUNT);
  /** What each field said before. */
  readonly #before = new Array<{ readonly bytes: Buffer; readonly text: string } | undefined>(COUNT);

  /** False when the line is not one that is understood here. */
  find(line: Buffer): boolean {
    this.#line = line;
    this.#start.fill(-1);
    const { length } = line;
    if (line[0] !== OPEN) return false;
    // In 2014 a space stood inside each brace, around each colon and behind each comma.
    const gap = line[1] === SPACE ? 1 : 0;
    for (let at = 1 + gap; ; at += 1 + gap) {
      if (line[at] !== QUOTE) return false;
      const name = ++at;
      // Names are too short for a call to pay, values are not.
      while (at < length && line[at] !== QUOTE) at++;
      const start = at + 3 + 2 * gap;
      if (start >= length || line[at + 1 + gap] !== COLON || line[start - 1] !== QUOTE) return false;
      if (gap === 1 && (line[at + 1] !== SPACE || line[at + 3] !== SPACE)) return false;
      const field = fieldAt(line, name, at);
      at = line.indexOf(QUOTE, start);
      while (at > 0 && isEscaped(line, at)) at = line.indexOf(QUOTE, at + 1);
      if (at < 0) return false;
      if (field >= 0) {
        this.#start[field] = start;
        this.#end[field] = at;
      }
      at++;
      if (line[at] === COMMA && (gap === 0 || line[at + 1] === SPACE)) continue;
      return at + gap === length - 1 && line[at + gap] === CLOSE && (gap === 0 || line[at] === SPACE);
    }
  }

  /**
   * The field's text, null when the line has none; broken UTF-8 is replaced.
   * @throws SyntaxError when it holds an escape that JSON does not know.
   */
  text(field: Field): string | null {
    const start = this.#start[field] as number;
    if (start < 0) return null;
    const end = this.#end[field] as number;
    const text = this.#line.toString('utf8', start, end);
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
  }

  /** The same for a field that mostly says what it said before: then it is the same string, and costs nothing. */
  sharedText(field: Field): string | null {
    const start = this.#start[field] as number;
    if (start < 0) return null;
    const end = this.#end[field] as number;
    const before = this.#before[field];
    if (before !== undefined && equalAt(this.#line, start, end, before.bytes)) return before.text;
    const text = this.text(field) as string;
    this.#before[field] = { bytes: Buffer.from(this.#line.subarray(start, end)), text };
    return text;
  }

  /** The same as a number, NaN when it is none. */
  number(field: Field): number {
    const start = this.#start[field] as number;
    const end = this.#end[field] as number;
    // Microseconds since 1970 have 16 digits, and up to 9e15 each step is exact.
    if (start < 0 || end - start !== 16 || (this.#line[start] as number) > 0x38)
      return this.#slowNumber(field);
    let number = 0;
    for (let i = start; i < end; i++) {
      const digit = (this.#line[i] as number) - 0x30;
      if (digit < 0 || digit > 9) return this.#slowNumber(field);
      number = number * 10 + digit;
    }
    return number;
  }

  #slowNumber(field: Field): number {
    const text = this.text(field);
    return text === null ? Number.NaN : Number(text);
  }
}

function fieldAt(line: Buffer, start: number, end: number): Field | -1 {
  const names = NAMES[end - start];
  if (names === undefined) return -1;
  for (const { field, bytes } of names) if (equalAt(line, start, end, bytes)) return field;
  return -1;
}

function equalAt(line: Buffer, start: number, end: number, bytes: Uint8Array): boolean {
  if (end - start !== bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (line[start + i] !== bytes[i]) return false;
  return true;
}

/** Is the quote at `at` part of the string: do an odd number of backslashes stand before it? */
function isEscaped(line: Buffer, at: number): boolean {
  let first = at;
  while (line[first - 1] === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}
