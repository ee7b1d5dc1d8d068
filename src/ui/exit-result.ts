/** Owns how the screens end: the program's exit code and the last word, printed once the terminal is put back. */
export interface ExitResult {
  readonly exitCode: number;
  /** One line for standard error. */
  readonly message?: string;
}
