/** Owns `kubecore console`: the live panes of a cluster that is there. */
import { createElement } from 'react';
import { EXIT, inputError } from '../../cluster/errors.ts';
import { DEFAULTS } from '../../cluster/parameters.ts';
import { App } from '../../ui/app.tsx';
import { Console } from '../../ui/console/console.tsx';
import { openTarget } from '../attach.ts';
import { chooseBackend } from '../backend.ts';
import { consolePreferences } from '../console-preferences.ts';
import type { Context } from '../context.ts';
import { createHands } from '../hands.ts';
import { showScreen } from '../screen.ts';
import { createServices } from '../services.ts';
import { identityFor, sessionOver } from '../session.ts';
import { unlockFirst } from '../ssh-config.ts';
import { systemClock } from '../system.ts';
import { findCluster } from '../target.ts';

export async function console(context: Context, args: readonly string[]): Promise<number> {
  if (!context.io.interactive) {
    throw inputError(
      'the console needs a terminal',
      'standard input or output is not one',
      'for scripts: kubecore status -o json, kubecore logs UNIT --follow',
    );
  }
  if (context.options.host !== undefined) return attachedConsole(context, args[0]);
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, args[0] ?? context.options.cluster, context.guards.signal);
  const identityFile = await identityFor(context, backend, cluster);
  await unlockFirst(context, identityFile);
  const result = await showScreen(context, (onExit) =>
    createElement(App, {
      services: createServices(context, backend),
      initial: { screen: 'console', parameters: { ...DEFAULTS, ...backend.defaults }, cluster, identityFile },
      onExit,
    }),
  );
  if (result.message) context.io.note(result.message);
  return result.exitCode;
}

/** Connects, and asks what must be asked, before the screen is taken: there is no cloud to go back to. */
async function attachedConsole(context: Context, name: string | undefined): Promise<number> {
  const { shell, cluster, flags } = await openTarget(context, name);
  const hands = createHands(context, { shell, cluster, flags, backend: null, again: null });
  const preferences = consolePreferences(context, cluster);
  const session = sessionOver({ shell, cluster, cloud: null, hands, preferences });
  try {
    const result = await showScreen(context, (onExit) =>
      createElement(Console, {
        session,
        backend: { kind: 'aws' },
        clock: systemClock,
        onQuit: () => onExit({ exitCode: EXIT.done }),
      }),
    );
    return result.exitCode;
  } finally {
    await session.close();
  }
}
