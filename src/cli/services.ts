/**
 * Owns the bag of ports that the screens get, filled for AWS or the sandbox. What the first screen does not need (SSH, the
 * launch) is loaded when it is asked for.
 */
import { KubecoreError } from '../cluster/errors.ts';
import type { AskPassphrase } from '../cluster/ports.ts';
import type { Backend, Services } from '../ui/services.ts';
import { awsBackend, awsLocal, type ChosenBackend, sandboxBackend } from './backend.ts';
import type { Context } from './context.ts';
import { systemClock, systemRandom } from './system.ts';
import { VERSION } from './version.ts';

/** The services over a backend that was chosen; the sandbox can replace it while the wizard runs. */
export function createServices(
  context: Context,
  chosen: ChosenBackend | null,
  problem: KubecoreError | null = null,
): Services {
  // Screens hold a Backend; the parts they do not see hang on the object itself.
  const full = (backend: Backend): ChosenBackend => backend as ChosenBackend;
  const unlock: Services['unlock'] = async (identityFile, ask) => {
    const { unlockFirst } = await import('./ssh-config.ts');
    await unlockFirst(context, identityFile, drawnFirst(ask), Number.POSITIVE_INFINITY);
  };
  let local = chosen?.local ?? awsLocal(context);
  const taken = (backend: ChosenBackend): ChosenBackend => {
    local = backend.local;
    return backend;
  };
  return {
    backend: chosen,
    backendProblem: problem,
    findBackend: async () => {
      try {
        return taken(await awsBackend(context));
      } catch {
        // Still none; the first screen goes on saying why.
        return null;
      }
    },
    get local() {
      return local;
    },
    clock: systemClock,
    random: systemRandom,
    version: VERSION,
    switchToSandbox: async () => taken(await sandboxBackend(context)),
    async *launch(backend, plan, identityFile, signal) {
      const { runLaunch } = await import('./launching.ts');
      yield* runLaunch(context, full(backend), plan, identityFile, signal);
    },
    async undo(backend, name, signal, stackId) {
      const { removal, undo } = await import('../cluster/undo.ts');
      const { cloud, polling, records, region } = full(backend);
      // The screen says that it is deleting; its stack's events say the rest.
      for await (const event of undo({
        cloud,
        name: stackId ?? name,
        clock: systemClock,
        random: systemRandom,
        signal,
        poll: polling,
      })) {
        const left = event.type === 'gone' ? (event.left ?? []) : [];
        if (left.length > 0)
          throw new KubecoreError({
            what: `something of "${name}" is left`,
            why: left.map(({ kind, id }) => `${kind} ${id}`).join(', '),
            next: left.map((one) => removal(one, region)).join('; '),
            fault: 'aws',
            code: 'LeftOver',
          });
      }
      await records.forget(region, name);
    },
    unlock,
    async open(backend, cluster, identityFile, ask) {
      const { identityFor, openSession } = await import('./session.ts');
      const key = identityFile ?? (await identityFor(context, full(backend), cluster));
      await unlock(key, ask);
      return openSession(context, { backend: full(backend), cluster, identityFile: key, mayAsk: false });
    },
  };
}

/** Two frames: unlocking holds up the process for a tenth of a second or more, and the screen should say so. */
const DRAWN_MS = 40;

function drawnFirst(ask: AskPassphrase): AskPassphrase {
  return async (label, attempt) => {
    const given = await ask(label, attempt);
    if (given !== null) await systemClock.sleep(DRAWN_MS);
    return given;
  };
}
