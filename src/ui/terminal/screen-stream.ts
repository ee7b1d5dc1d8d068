/**
 * Owns what Ink may write to the terminal: Ink 6 clears with `CSI 3 J` when the terminal is made lower, which wipes the
 * user's scrollback though we draw on the alternate screen. This view of stdout leaves that one sequence out.
 */

const ERASE_SCROLLBACK = /\x1b\[3J/g;

/**
 * The same stream, but for `write`. Give it to Ink as `stdout`. While `isLent` says so the terminal is somebody else's, and
 * what Ink writes is dropped: it draws all of it again afterwards.
 */
export function screenStream(
  stdout: NodeJS.WriteStream,
  isLent: () => boolean = () => false,
): NodeJS.WriteStream {
  const write = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (isLent()) {
      const done = rest.at(-1);
      if (typeof done === 'function') queueMicrotask(done as () => void);
      return true;
    }
    const safe = typeof chunk === 'string' ? chunk.replace(ERASE_SCROLLBACK, '') : chunk;
    return (stdout.write as (...args: unknown[]) => boolean).call(stdout, safe, ...rest);
  };
  return new Proxy(stdout, {
    get(target, property) {
      if (property === 'write') return write;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
