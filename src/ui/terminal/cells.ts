/**
 * Owns text measured in terminal cells: width, cut, pad, wrap. Text here is already safe (sanitise.ts): the only escape
 * sequences in it are SGR ones, which take no cells and are closed where a text is cut. Text of plain cells (narrow.ts),
 * which nearly all is, takes a path without any segmenting, so that lines of 64 KiB stay cheap.
 */
import stringWidth from 'string-width';
import { isNarrow } from './narrow.ts';

const SGR = /\x1b\[[0-9;]*m/g;
const RESET = '\x1b[0m';

let segmenter: Intl.Segmenter | undefined;

/** Made when first needed: plain cells, which nearly all text is, need none. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Cells that a text takes. */
export function cellWidth(text: string): number {
  return isNarrow(text) ? text.length : stringWidth(text);
}

/** A grapheme with its width, or an SGR sequence of width 0. */
type Piece = { readonly text: string; readonly width: number; readonly sgr: boolean };

function* piecesOf(text: string): Generator<Piece> {
  let from = 0;
  const plain = function* (part: string): Generator<Piece> {
    for (const { segment } of graphemes(part)) {
      yield { text: segment, width: cellWidth(segment), sgr: false };
    }
  };
  for (const match of text.matchAll(SGR)) {
    yield* plain(text.slice(from, match.index));
    yield { text: match[0], width: 0, sgr: true };
    from = match.index + match[0].length;
  }
  yield* plain(text.slice(from));
}

/** The cells [from, from + width) of a text. A wide character half inside becomes a blank. */
export function sliceCells(text: string, from: number, width: number): string {
  if (width <= 0) return '';
  if (isNarrow(text)) return text.slice(from, from + width);
  let out = '';
  let at = 0;
  let open = false;
  for (const piece of piecesOf(text)) {
    if (piece.sgr) {
      out += piece.text;
      open = piece.text !== RESET;
      continue;
    }
    const end = at + piece.width;
    if (end > from + width) {
      out += ' '.repeat(Math.max(0, from + width - Math.max(at, from)));
      break;
    }
    if (at >= from) out += piece.text;
    else if (end > from) out += ' '.repeat(end - from);
    at = end;
  }
  return open ? out + RESET : out;
}

/** A text of at most `width` cells; `…` says that something was cut off. */
export function cutCells(text: string, width: number): string {
  if (width <= 0) return '';
  if (cellWidth(text) <= width) return text;
  return width === 1 ? '…' : `${sliceCells(text, 0, width - 1)}…`;
}

/** A text of exactly `width` cells: cut with `…`, or padded with blanks. */
export function fitCells(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutCells(text, width);
  const blanks = ' '.repeat(Math.max(0, width - cellWidth(cut)));
  return align === 'left' ? cut + blanks : blanks + cut;
}

/**
 * A text broken into lines of at most `width` cells, at any character: logs keep their columns. Never empty. A single
 * character that is wider than a whole line (some musical notes take three cells) becomes `…`.
 */
export function wrapCells(text: string, width: number): string[] {
  if (isNarrow(text)) {
    if (text.length <= width) return [text];
    return Array.from({ length: Math.ceil(text.length / width) }, (_, i) =>
      text.slice(i * width, (i + 1) * width),
    );
  }
  const lines: string[] = [];
  let line = '';
  let at = 0;
  /** SGR sequences since the last reset, to take up again on the next line. */
  let style = '';
  for (const piece of piecesOf(text)) {
    if (piece.sgr) {
      style = piece.text === RESET ? '' : style + piece.text;
      line += piece.text;
      continue;
    }
    const fits = piece.width <= width;
    const cells = fits ? piece.width : 1;
    if (at + cells > width && at > 0) {
      lines.push(style === '' ? line : line + RESET);
      line = style;
      at = 0;
    }
    line += fits ? piece.text : '…';
    at += cells;
  }
  lines.push(style === '' ? line : line + RESET);
  return lines;
}

/** Prose broken between words into lines of at most `width` cells; words longer than that are broken anywhere. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (cellWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const broken = wrapCells(word, width);
    lines.push(...broken.slice(0, -1));
    line = broken.at(-1) ?? '';
  }
  lines.push(line);
  return lines;
}
