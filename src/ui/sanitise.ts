/**
 * Owns the one gate between untrusted text (anything a node or AWS said) and the terminal: what comes out is one line
 * without control characters, escape sequences or characters that reorder or hide text.
 */
import stringWidth from 'string-width';

export interface SanitiseOptions {
  /** Keep foreground colour, bold, dim, italic and underline that the text asks for, rewritten by us and closed at the end. */
  readonly colour?: boolean;
  /** Escape sequences that are no colours do not vanish: they show as `␛[2J`. */
  readonly reveal?: boolean;
}

const TAB_STOP = 8;

/**
 * Whole escape sequences (ECMA-48, with their 8-bit forms): CSI; OSC, DCS, SOS, PM and APC strings with their
 * terminator; other two- and three-byte ones. An unterminated string is not one: its introducer shows, so that nothing can hide
 * the rest of a line.
 */
const SEQUENCE =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]+[0-~]|\x1b[0-Z\\^-~]/g;

const SGR_SEQUENCE = /^(?:\x1b\[|\x9b)([0-9;:]{0,64})m$/;

/** All that may not pass, one alternative a fate (see `replacement`). */
const FORBIDDEN =
  /[\x00-\x1f\x7f-\x9f]|[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** A base character carries at most this many marks; more is a way to draw over other lines. */
const TOO_MANY_MARKS = /(\p{M}{4})\p{M}+/gu;

/** Plain printable ASCII, which nearly everything is, needs no work. */
const HARMLESS = /^[ -~]*$/;

/** Marks and joiners of no width that appear in honest text: dropped without a trace. */
const SILENT = new Set([0xad, 0x180e, 0x200b, 0x200e, 0x200f, 0x61c, 0x2060, 0xfeff]);

function replacement(character: string): string {
  const code = character.codePointAt(0)!;
  if (SILENT.has(code)) return '';
  // Control pictures: ␀ … ␟ and ␡ show what was there.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return '\ufffd';
}

/** Turns the attributes of one SGR sequence into those that may pass; null when none may. */
function allowedSgr(parameters: string): string | null {
  const numbers = parameters.split(/[;:]/).map((text) => (text === '' ? 0 : Number(text)));
  const kept: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const n = numbers[i]!;
    if (n === 38 || n === 48) {
      const length = numbers[i + 1] === 5 ? 3 : numbers[i + 1] === 2 ? 5 : 0;
      const group = numbers.slice(i, i + length);
      if (length === 0 || group.length < length || group.some((part) => part > 255)) break;
      if (n === 38) kept.push(...group);
      i += length - 1;
      continue;
    }
    const isStyle = n === 0 || (n >= 1 && n <= 4) || (n >= 22 && n <= 24);
    const isForeground = (n >= 30 && n <= 37) || n === 39 || (n >= 90 && n <= 97);
    if (isStyle || isForeground) kept.push(n);
  }
  return kept.length === 0 ? null : kept.join(';');
}

/** Tabs become blanks to the next multiple of eight, counted from where this text begins. */
function expandTabs(text: string): string {
  if (!text.includes('\t')) return text;
  return text.split('\t').reduce((line, part) => {
    const width = stringWidth(line);
    return line + ' '.repeat(TAB_STOP - (width % TAB_STOP)) + part;
  });
}

function plain(text: string): string {
  return text.replace(FORBIDDEN, replacement).replace(TOO_MANY_MARKS, '$1');
}

/**
 * Untrusted text as one safe line. Escape sequences vanish, other controls show as ␛ and the like, tabs become blanks,
 * characters that reorder text (bidi overrides) become �, trailing line ends vanish. With `colour`, the only escape
 * sequences that come out are SGR ones made here, and the line ends with a reset when it has any; with `reveal`, the
 * others are shown instead of dropped.
 */
export function sanitise(text: string, options: SanitiseOptions = {}): string {
  if (HARMLESS.test(text)) return text;
  const line = expandTabs(text.replace(/[\r\n]+$/, ''));
  const rest = (sequence: string): string =>
    options.reveal === true && !SGR_SEQUENCE.test(sequence) ? plain(sequence) : '';
  if (options.colour !== true) {
    let text = '';
    let at = 0;
    for (const match of line.matchAll(SEQUENCE)) {
      text += line.slice(at, match.index) + rest(match[0]);
      at = match.index + match[0].length;
    }
    return plain(text + line.slice(at));
  }

  let out = '';
  let from = 0;
  let coloured = false;
  for (const match of line.matchAll(SEQUENCE)) {
    out += plain(line.slice(from, match.index));
    from = match.index + match[0].length;
    const sgr = SGR_SEQUENCE.exec(match[0]);
    const kept = sgr && allowedSgr(sgr[1]!);
    if (kept) {
      out += `\x1b[${kept}m`;
      coloured = true;
    } else out += rest(match[0]);
  }
  out += plain(line.slice(from));
  return coloured ? `${out}\x1b[0m` : out;
}
