/** Owns `kubecore` without a command: the guided setup, or the clusters that are there already. */
import { createElement } from 'react';
import { asKubecoreError, inputError } from '../../cluster/errors.ts';
import { DEFAULTS } from '../../cluster/parameters.ts';
import { App } from '../../ui/app.tsx';
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { showScreen } from '../screen.ts';
import { createServices } from '../services.ts';
import { clustersOf } from '../target.ts';

export async function setup(context: Context): Promise<number> {
  if (!context.io.interactive) throw explanation();
  // No region, no credentials, no network: the wizard's first screen says so and what to do, and offers the sandbox.
  const { backend, problem } = await chooseBackend(context).then(
    (chosen) => ({ backend: chosen, problem: null }),
    (thrown: unknown) => {
      if (context.options.sandbox || context.options.region !== undefined) throw thrown;
      return { backend: null, problem: asKubecoreError(thrown) };
    },
  );
  const clusters = backend === null ? [] : await clustersOf(backend, context.guards.signal).catch(() => []);
  const result = await showScreen(context, (onExit) =>
    createElement(App, {
      services: createServices(context, backend, problem),
      initial: {
        screen: clusters.length > 0 ? 'home' : 'wizard',
        parameters: { ...DEFAULTS, ...backend?.defaults },
      },
      clusters: clusters.map(({ cluster }) => cluster),
      onExit,
    }),
  );
  if (result.message) context.io.note(result.message);
  return result.exitCode;
}

function explanation(): Error {
  return inputError(
    'the guided setup needs a terminal',
    'standard input or output is not one',
    'in scripts: kubecore up --sandbox --yes launches, status, logs and down follow; kubecore --help lists all',
  );
}
