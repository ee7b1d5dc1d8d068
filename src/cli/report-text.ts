/** Owns what `kubecore report` tells a maintainer, as text: sections in a fixed order, every value through the removal of secrets. Pure. */
import { redact } from '../cluster/redact.ts';
import { sanitise } from '../ui/sanitise.ts';

export interface ReportSection {
  readonly title: string;
  readonly lines: readonly string[];
}

export type Cleaner = (text: string) => string;

/**
 * Takes out secrets (by the environment's values, by their form), control characters, and the person's home directory, which
 * names the person.
 */
export function cleaner(secrets: readonly string[], home: string): Cleaner {
  return (text) => {
    const clean = redact(text, secrets);
    return home.length > 1 ? clean.replaceAll(home, '~') : clean;
  };
}

/** Every string of a document cleaned, at any depth; names of properties are ours. */
export function cleanDeep(value: unknown, clean: Cleaner): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => cleanDeep(item, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), cleanDeep(item, clean)]));
}

/** The report; ends with a newline. What is in several lines is cleaned whole, so that no secret hides in a line's end. */
export function reportText(sections: readonly ReportSection[], clean: Cleaner): string {
  return sections
    .map(({ title, lines }) => {
      const text = clean(lines.join('\n'));
      const body = text.trim() === '' ? '(nothing)' : text;
      return `== ${title}\n${body
        .split('\n')
        .map((line) => sanitise(line))
        .join('\n')}\n`;
    })
    .join('\n');
}
