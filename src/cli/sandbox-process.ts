/** Owns finding or starting the one sandbox process of the state directory, from a command that needs it. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { ensureSandbox, type SandboxClient } from '../sandbox/process/client.ts';
import { sandboxDirectory } from './state-directory.ts';
import { systemClock } from './system.ts';
import { VERSION } from './version.ts';

export async function connectOrStartSandbox(host: NodeJS.Process, stateDir: string): Promise<SandboxClient> {
  const directory = sandboxDirectory(stateDir);
  return ensureSandbox({
    stateDir: directory,
    clock: systemClock,
    timeoutMs: 15_000,
    version: VERSION,
    spawn: () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const log = openSync(path.join(directory, 'daemon.err'), 'w', 0o600);
      const program = host.argv[1] ?? '';
      spawn(host.execPath, [program, 'sandbox', '--daemon'], {
        detached: true,
        stdio: ['ignore', 'ignore', log],
        // The daemon serves many terminals: it belongs to none of them.
        cwd: directory,
        env: { ...withoutSecrets(host.env), KUBECORE_STATE_DIR: stateDir },
      }).unref();
    },
  });
}

/** The daemon outlives the command: the caller's credentials and agent have no business in it. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|XDG_.*|NODE_OPTIONS|SystemRoot)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => kept.test(name)));
}
