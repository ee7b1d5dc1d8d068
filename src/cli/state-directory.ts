/** Owns where kubecore keeps its own files. */
import { homedir } from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';

/** `$KUBECORE_STATE_DIR`, else XDG's state directory (`~/.local/state/kubecore`), else the platform's data directory. */
export function stateDirectory(env: NodeJS.ProcessEnv): string {
  if (env.KUBECORE_STATE_DIR) return path.resolve(env.KUBECORE_STATE_DIR);
  if (process.platform === 'win32' || process.platform === 'darwin')
    return envPaths('kubecore', { suffix: '' }).data;
  return path.join(env.XDG_STATE_HOME || path.join(homedir(), '.local', 'state'), 'kubecore');
}

/** Where the sandbox of a state directory keeps its world, its socket and the keys made in it. */
export const sandboxDirectory = (stateDir: string): string => path.join(stateDir, 'sandbox');
