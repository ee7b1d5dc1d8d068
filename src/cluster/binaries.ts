/** Owns where the programs that CoreOS lacks come from: the article's two addresses, and a mirror in place of either. */

/**
 * Base address of each source; a program's name is added to it. The article's: "Adding Kubernetes To CoreOS" (kubernetes),
 * "A Virtual Network for Kubernetes With CoreOS Flannel" and "Kube-Register" (third-party).
 */
export const BINARY_SOURCES = {
  kubernetes: 'http://storage.googleapis.com/kubernetes',
  'third-party': 'https://s3.amazonaws.com/third-party-binaries',
} as const;

export type BinarySource = keyof typeof BINARY_SOURCES;

/** A base address for every source, without a slash at its end. */
export type BinarySources = Readonly<Record<BinarySource, string>>;

export const SOURCE_NAMES = Object.keys(BINARY_SOURCES) as readonly BinarySource[];

export type ParsedSources =
  | { readonly sources: BinarySources }
  /** `source` is what was typed where a source's name belongs; null when a name is not the trouble. */
  | { readonly why: string; readonly source: string | null };

/**
 * The bases that `--binaries-url` names: one URL for all sources, or `kubernetes=URL,third-party=URL` with either left
 * out. A base goes into an ExecStart= of systemd bare, where `%`, `$`, quotes and blanks have meanings: it has none.
 */
export function parseBinarySources(text: string): ParsedSources {
  const bases = new Map<BinarySource, string>();
  const parts = text.split(',').map((part) => part.trim());
  for (const part of parts) {
    const named = /^([^=:/]*)=(.*)$/.exec(part);
    if (!named && parts.length > 1)
      return { why: `"${part}" does not say which source it is for`, source: null };
    const url = (named?.[2] ?? part).replace(/\/+$/, '');
    if (!/^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[A-Za-z0-9._~/-]*)?$/.test(url))
      return { why: `"${url}" is not a plain http or https address`, source: null };
    const wanted = named?.[1];
    const sources = wanted === undefined ? SOURCE_NAMES : SOURCE_NAMES.filter((name) => name === wanted);
    if (sources.length === 0) return { why: `there is no source "${wanted}"`, source: wanted ?? '' };
    for (const source of sources) {
      if (bases.has(source)) return { why: `${source} is given twice`, source: null };
      bases.set(source, url);
    }
  }
  return { sources: { ...BINARY_SOURCES, ...Object.fromEntries(bases) } };
}

/** The bases of a launch: the article's when `binariesUrl` is null. Its text must have passed its check. */
export function binarySources(binariesUrl: string | null): BinarySources {
  if (binariesUrl === null) return BINARY_SOURCES;
  const parsed = parseBinarySources(binariesUrl);
  if (!('sources' in parsed)) throw new RangeError(parsed.why);
  return parsed.sources;
}
