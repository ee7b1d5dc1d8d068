/** Owns the details that are open: each section asked for by itself, so that none waits for another. */
import { asKubecoreError } from '../../../cluster/errors.ts';
import type { Shell } from '../../../cluster/ports.ts';
import type { Section } from './sections.ts';

export type SectionState =
  | { readonly status: 'asking' }
  | { readonly status: 'known'; readonly lines: readonly string[] }
  | { readonly status: 'failed'; readonly what: string; readonly why: string; readonly next: string };

export interface OpenSection {
  readonly section: Section;
  readonly state: SectionState;
}

/** A tool that hangs (kubecfg does when etcd hangs) is given up after this. */
const PATIENCE_MS = 20_000;

export class DetailSession {
  readonly #shell: Shell;
  readonly #onChange: () => void;
  #asking = new AbortController();
  #sections: OpenSection[];

  constructor(sections: readonly Section[], shell: Shell, onChange: () => void) {
    this.#shell = shell;
    this.#onChange = onChange;
    this.#sections = sections.map((section) => ({ section, state: { status: 'asking' } }));
    this.#askAll();
  }

  get sections(): readonly OpenSection[] {
    return this.#sections;
  }

  /** Asks again; what is known stays until the new answer comes. */
  refresh(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#askAll();
  }

  close(): void {
    this.#asking.abort();
  }

  #askAll(): void {
    const { signal } = this.#asking;
    this.#sections.forEach(({ section }, at) => {
      const settle = (state: SectionState): void => {
        if (signal.aborted) return;
        this.#sections = this.#sections.with(at, { section, state });
        this.#onChange();
      };
      this.#shell
        .run(section.node, section.argv, { signal, timeoutMs: PATIENCE_MS, priority: 'interactive' })
        .then((result) => settle({ status: 'known', lines: section.read(result) }))
        .catch((thrown: unknown) => {
          const { what, why, next } = asKubecoreError(thrown);
          settle({ status: 'failed', what, why, next });
        });
    });
  }
}
