/**
 * Owns reading options as getopt_long does: short clusters, `--name=value`, options mixed with arguments, and glibc's error
 * texts.
 */

export type Arity = 'none' | 'required' | 'optional';

export interface OptionTable {
  /** Short letter → long name. */
  readonly short: Readonly<Record<string, string>>;
  readonly long: Readonly<Record<string, Arity>>;
}

export interface Options {
  /** Long name → values in order ('' for an option without one). */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
}

/** Reads argv; returns the error text of an option that is not known or lacks its value. */
export function getopt(argv: readonly string[], table: OptionTable): Options | { error: string } {
  const name = argv[0] ?? '';
  const found = new Map<string, string[]>();
  const rest: string[] = [];
  const add = (long: string, value: string): void => {
    found.set(long, [...(found.get(long) ?? []), value]);
  };
  for (let at = 1; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === '--') {
      rest.push(...argv.slice(at + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [long = '', inline] = arg.slice(2).split(/=(.*)/s);
      const arity = Object.hasOwn(table.long, long) ? table.long[long] : undefined;
      if (arity === undefined) return { error: `${name}: unrecognized option '--${long}'` };
      if (arity === 'none' && inline !== undefined)
        return { error: `${name}: option '--${long}' doesn't allow an argument` };
      if (arity === 'required' && inline === undefined) {
        if (at + 1 >= argv.length) return { error: `${name}: option '--${long}' requires an argument` };
        add(long, argv[++at]!);
      } else add(long, inline ?? '');
      continue;
    }
    if (!arg.startsWith('-') || arg === '-') {
      rest.push(arg);
      continue;
    }
    for (let letter = 1; letter < arg.length; letter++) {
      const long = table.short[arg[letter]!];
      const arity = long === undefined ? undefined : table.long[long];
      if (long === undefined || arity === undefined)
        return { error: `${name}: invalid option -- '${arg[letter]}'` };
      if (arity === 'none') {
        add(long, '');
        continue;
      }
      const inline = arg.slice(letter + 1);
      if (inline !== '') add(long, inline);
      else if (arity === 'optional') {
        // journalctl takes a number that follows -n, and the other tools of systemd do alike.
        if (/^(\d+|all)$/.test(argv[at + 1] ?? '')) add(long, argv[++at]!);
        else add(long, '');
      } else if (at + 1 >= argv.length)
        return { error: `${name}: option requires an argument -- '${arg[letter]}'` };
      else add(long, argv[++at]!);
      break;
    }
  }
  return { values: found, rest };
}

export function last(options: Options, name: string): string | undefined {
  return options.values.get(name)?.at(-1);
}
