/** Owns the colours of what `kubecore render` prints to a terminal: a line at a time, the text itself never changed. */
import type { Theme, Tone } from '../ui/theme.ts';

export type Language = 'yaml' | 'json' | 'unit' | 'diff';

type Piece = readonly [tone: Tone, text: string];

/** The text in the theme's colours. Escape codes apart it is the same text. */
export function coloured(text: string, language: Language, theme: Theme): string {
  if (!theme.colour) return text;
  const piecesOf = language === 'yaml' ? yamlReader() : READERS[language];
  return text
    .split('\n')
    .map((line) =>
      piecesOf(line)
        .map(([tone, piece]) => theme.paint(tone, piece))
        .join(''),
    )
    .join('\n');
}

/** The `key: value` of a mapping, after its indentation and the dashes of lists. */
const YAML_PAIR = /^(\s*(?:- )*)((?:"(?:[^"\\]|\\.)*"|[^\s"'#:][^:]*)):(\s.*)?$/;

/** Reads line after line, since lines of a block scalar look like anything: those that begin a unit file are read as one. */
function yamlReader(): (line: string) => readonly Piece[] {
  /** Indentation of the key whose block scalar we are in. */
  let block: number | null = null;
  return (line) => {
    const indent = line.length - line.trimStart().length;
    if (block !== null && (line.trim() === '' || indent > block)) return unitPieces(line);
    block = null;
    if (line.trimStart().startsWith('#')) return [['dim', line]];
    const pair = YAML_PAIR.exec(line);
    const [, lead = '', key = '', value = ''] = pair ?? [];
    if (!pair) {
      const item = /^(\s*(?:- )+)(.*)$/.exec(line);
      return item ? [['dim', item[1]!], valuePiece(item[2]!)] : [valuePiece(line)];
    }
    if (/^\s[|>][+-]?$/.test(value)) block = lead.length;
    return [['dim', lead], ['accent', key], ['dim', ':'], valuePiece(value)];
  };
}

const valuePiece = (text: string): Piece => [/^\s*["']/.test(text) ? 'ok' : 'plain', text];

function unitPieces(line: string): readonly Piece[] {
  if (/^\s*\[\w+\]\s*$/.test(line)) return [['title', line]];
  if (/^\s*[#;]/.test(line)) return [['dim', line]];
  const pair = /^(\s*\w+)(=)(.*)$/.exec(line);
  return pair
    ? [
        ['accent', pair[1]!],
        ['dim', '='],
        ['plain', pair[3]!],
      ]
    : [['plain', line]];
}

function jsonPieces(line: string): readonly Piece[] {
  const pair = /^(\s*)("(?:[^"\\]|\\.)*")(:)(.*)$/.exec(line);
  if (pair) return [['plain', pair[1]!], ['accent', pair[2]!], ['dim', ':'], valuePiece(pair[4]!)];
  return [valuePiece(line)];
}

function diffPieces(line: string): readonly Piece[] {
  if (/^(?:---|\+\+\+) /.test(line)) return [['title', line]];
  if (line.startsWith('@@')) return [['accent', line]];
  return [[line.startsWith('+') ? 'ok' : line.startsWith('-') ? 'bad' : 'plain', line]];
}

const READERS = { unit: unitPieces, json: jsonPieces, diff: diffPieces } as const;
