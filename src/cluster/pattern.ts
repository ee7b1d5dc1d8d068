/**
 * Owns regular expressions that a person types (`logs --grep`, a filter): RE2's syntax and its promise that a match takes
 * time in proportion to the text, so that no pattern can hang a screen or a command over a long line. What RE2 leaves out
 * for that (look-around, back references) is refused with its reason.
 */
import { RE2JS } from 're2js';

/** Where a match stands: indices into the text, as `slice` takes them. */
export type Span = readonly [from: number, to: number];

export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
  /** All matches that are not empty, from left to right. */
  spans(text: string): readonly Span[];
}

/**
 * Compiles a pattern.
 * @throws Error with RE2's reason, for one line, when it is no regular expression of RE2's
 */
export function compilePattern(source: string, options: { readonly ignoreCase?: boolean } = {}): Pattern {
  let compiled: ReturnType<typeof RE2JS.compile>;
  try {
    compiled = RE2JS.compile(source, options.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(said.replace(/^error parsing regexp: /, ''));
  }
  return {
    source,
    test: (text) => compiled.test(text),
    spans(text) {
      const found: Span[] = [];
      const matcher = compiled.matcher(text);
      while (matcher.find())
        if (matcher.end() > matcher.start()) found.push([matcher.start(), matcher.end()]);
      return found;
    },
  };
}
