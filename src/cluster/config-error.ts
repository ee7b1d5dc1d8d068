/** Owns the error of a config file that cannot be used: every mistake in it, each with its place. */
import { KubecoreError } from './errors.ts';

/** One mistake. Line and columns count from 1, in UTF-16 code units; `endColumn` is the first column after what is wrong. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  /** `cluster-size: 1 is outside 2 to 256`. */
  readonly what: string;
  /** What would do: `the nearest is 2`. */
  readonly next: string;
  /** The whole line, as it is in the file. */
  readonly source: string;
}

export class ConfigError extends KubecoreError {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super({
      what: `${file} cannot be used`,
      why: problems.length === 1 ? 'it has a mistake' : `it has ${problems.length} mistakes`,
      next: 'mend it; kubecore config --schema describes every setting',
      fault: 'input',
      code: 'ConfigInvalid',
    });
    this.file = file;
    this.problems = problems;
  }
}
