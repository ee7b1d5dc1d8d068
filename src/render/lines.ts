/**
 * Owns text with holes: lines that hold references to template parameters, as the pieces of one Fn::Join and as plain
 * text. Every line is its own piece and a reference splits its line, which is how the article's template is cut.
 */

/** Names that a line may refer to: the template's parameters that reach a cloud-config. */
export type Hole = 'DiscoveryURL' | 'AdvertisedIPAddress' | 'DockerCIDR';

/** A CloudFormation reference, exactly as it stands in the JSON. */
export interface HoleRef {
  readonly Ref: Hole;
}

export type Piece = string | HoleRef;

/** One line without its newline; an array when it has references in it. */
export type Line = string | readonly Piece[];

export const hole = (name: Hole): HoleRef => ({ Ref: name });

/** The pieces of the Fn::Join that gives these lines, each ended by a newline. */
export function joinPieces(lines: readonly Line[]): readonly Piece[] {
  return lines.flatMap((line): readonly Piece[] => {
    if (typeof line === 'string') return [`${line}\n`];
    const last = line.at(-1);
    return typeof last === 'string' ? [...line.slice(0, -1), `${last}\n`] : [...line, '\n'];
  });
}

/** `lines` moved right by `columns` blanks. */
export function indent(lines: readonly Line[], columns: number): readonly Line[] {
  const blanks = ' '.repeat(columns);
  return lines.map((line) => {
    if (typeof line === 'string') return blanks + line;
    const [first, ...rest] = line;
    return typeof first === 'string' ? [blanks + first, ...rest] : [blanks, ...line];
  });
}

/** The text that CloudFormation's Fn::Join makes of the pieces, with these values. */
export function fillPieces(pieces: readonly Piece[], values: Readonly<Record<Hole, string>>): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : values[piece.Ref])).join('');
}
