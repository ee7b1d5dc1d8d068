/** What a console can do, recorded: files that are only named, a terminal that is only asked for. */
import { inputError } from '../../../../src/cluster/errors.ts';
import type { Hands } from '../../../../src/ui/hands.ts';
import { type FakeShell, nodeOf } from '../../../helpers/fake-shell.ts';

export interface FakeHands extends Hands {
  readonly uploads: { readonly path: string; readonly text: string }[];
  readonly terminals: string[];
  readonly copied: string[];
  readonly saved: Record<string, string>;
  edited: string | null;
  files: Record<string, string>;
}

export function fakeHands(shell: FakeShell, change: Partial<Hands> = {}): FakeHands {
  const uploads: FakeHands['uploads'] = [];
  const terminals: string[] = [];
  const copied: string[] = [];
  const saved: Record<string, string> = {};
  const hands: FakeHands = {
    readOnly: false,
    flags: ['--sandbox'],
    uploads,
    terminals,
    copied,
    saved,
    edited: null,
    files: {},
    shell: Object.assign(shell, {
      upload: async (_node: unknown, path: string, bytes: Uint8Array) => {
        uploads.push({ path, text: new TextDecoder().decode(bytes) });
      },
    }),
    async terminal(node) {
      terminals.push(nodeOf(node));
      return { code: 0, signal: null };
    },
    edit: async () => hands.edited,
    async readFile(path) {
      const text = hands.files[path];
      if (text === undefined) throw inputError(`${path} cannot be read`, 'ENOENT', 'check the path');
      return { path, bytes: new TextEncoder().encode(text) };
    },
    pathsLike: async () => [],
    async saveFile(path, text) {
      saved[path] = text;
      return `/here/${path}`;
    },
    copy: (text) => copied.push(text) > 0,
    scale: null,
    ...change,
  };
  return hands;
}
