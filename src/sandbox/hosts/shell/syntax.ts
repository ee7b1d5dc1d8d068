/** Owns the shape of a parsed command line of /bin/sh: words with their parts, redirections, commands. */

export type Part =
  | { readonly type: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly type: 'variable';
      readonly name: string;
      readonly quoted: boolean;
      readonly fallback: Word | null;
    }
  | { readonly type: 'command'; readonly body: Script; readonly quoted: boolean }
  | { readonly type: 'arithmetic'; readonly expression: string; readonly quoted: boolean };

export type Word = readonly Part[];

export interface Redirect {
  readonly fd: number;
  readonly kind: 'write' | 'append' | 'read' | 'duplicate' | 'here';
  readonly target: Word;
}

export type Command =
  | {
      readonly type: 'simple';
      readonly assignments: readonly (readonly [string, Word])[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  | { readonly type: 'pipeline'; readonly stages: readonly Command[]; readonly negated: boolean }
  | {
      readonly type: 'list';
      readonly operator: '&&' | '||';
      readonly left: Command;
      readonly right: Command;
    }
  | {
      readonly type: 'group';
      readonly subshell: boolean;
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly type: 'loop';
      readonly until: boolean;
      readonly condition: Script;
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly type: 'for';
      readonly name: string;
      readonly words: readonly Word[];
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly type: 'if';
      readonly branches: readonly (readonly [Script, Script])[];
      readonly otherwise: Script | null;
      readonly redirects: readonly Redirect[];
    }
  | { readonly type: 'background'; readonly command: Command };

export type Script = readonly Command[];

/** What the shell cannot read; its message is the one that a shell prints. */
export class ShellSyntaxError extends Error {}
