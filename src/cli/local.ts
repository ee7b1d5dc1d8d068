/** Owns this computer as the wizard looks at it: environment, tools on the PATH, private keys. */
import { access, constants, lstat } from 'node:fs/promises';
import path from 'node:path';
import { inputError, type KubecoreError } from '../cluster/errors.ts';
import type { Local } from '../cluster/ports.ts';
import { keyFileName } from '../ssh/key-file-name.ts';
import type { Unlocked } from '../ssh/keyring.ts';
import { oneLine } from './io.ts';

export interface LocalOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Where created keys are written. */
  readonly keyDirectory: string;
  /** Searched for NAME.pem, as the article leaves it there; null: not searched. */
  readonly cwd: string | null;
  readonly home: string;
  /** SSH_AUTH_SOCK, null without an agent. */
  readonly agent: string | null;
  /** Keys whose passphrase was given. */
  readonly unlocked?: Unlocked;
}

/** The Local port over this computer. ssh2 is loaded when a key is first looked at. */
export function createLocal(options: LocalOptions): Local & Required<Pick<Local, 'checkPrivateKeyPath'>> {
  return {
    env: (name) => options.env[name],
    async tool(name, signal) {
      const found = await onPath(name, options.env);
      if (found === null) return null;
      const { execFile } = await import('node:child_process');
      const { promisify } = await import('node:util');
      const { stdout, stderr } = await promisify(execFile)(found, ['--version'], {
        timeout: 10_000,
        ...(signal ? { signal } : {}),
      }).catch(() => ({ stdout: '', stderr: '' }));
      const text = oneLine(`${stdout} ${stderr}`);
      return {
        path: found,
        version: /\d+(?:\.\d+)+/.exec(text)?.[0] ?? (text.slice(0, 40) || 'version unknown'),
      };
    },
    async findPrivateKey(pair, explicit) {
      const { findPrivateKey } = await import('../ssh/identities.ts');
      return findPrivateKey(pair, {
        ...(explicit === undefined ? {} : { explicit }),
        files: options.cwd === null ? [] : [path.join(options.cwd, keyFileName(pair.name))],
        directories: [options.keyDirectory, path.join(options.home, '.ssh')],
        agent: options.agent,
        unlocked: options.unlocked,
        home: options.home,
      });
    },
    async savePrivateKey(name, material) {
      const { savePrivateKey } = await import('../ssh/identities.ts');
      return savePrivateKey(options.keyDirectory, name, material);
    },
    async checkPrivateKeyPath(name) {
      const file = path.join(options.keyDirectory, keyFileName(name));
      const there = await lstat(file).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
      );
      if (there) throw fileInTheWay(name, file);
    },
    privateKeyPath: (name) => path.join(options.keyDirectory, keyFileName(name)),
  };
}

function fileInTheWay(name: string, file: string): KubecoreError {
  return inputError(
    `the key pair "${name}" was not created`,
    `${file} is already there and would have to be overwritten`,
    'choose another name, or move that file away',
  );
}

async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    if (!folder) continue;
    const file = path.join(folder, name);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
