/** Owns `kubecore` without a command: the guided setup, or the clusters that are there already. */
import { createElement } from 'react';
import { asKubecoreError, inputError } from '../../cluster/errors.ts';
import { DEFAULTS } from '../../cluster/parameters.ts';
import { App } from '../../ui/app.tsx';
import type { KnownCluster } from '../../ui/known-clusters.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { showScreen } from '../screen.ts';
import { createServices } from '../services.ts';
import { clustersOf } from '../target.ts';

/** After so long without an answer the setup opens without the list; its checks say what is wrong. */
const PATIENCE_MS = 8_000;

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
  const clusters = backend === null ? [] : await knownClusters(context, backend);
  const result = await showScreen(context, (onExit) =>
    createElement(App, {
      services: createServices(context, backend, problem),
      initial: {
        screen: clusters.length > 0 ? 'home' : 'wizard',
        parameters: { ...DEFAULTS, ...backend?.defaults, ...context.settings.parameters },
        identityFile: context.options.identity ?? null,
      },
      clusters,
      onExit,
    }),
  );
  if (result.message) context.io.note(result.message);
  return result.exitCode;
}

/**
 * The clusters to begin with. AWS is asked only when something was launched from here before: the first screen of a first
 * run must not wait for the network.
 */
async function knownClusters(context: Context, backend: ChosenBackend): Promise<readonly KnownCluster[]> {
  if ((await backend.records.all()).length === 0) return [];
  const signal = AbortSignal.any([context.guards.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const found = await clustersOf(backend, signal).catch(() => []);
  return found.map(({ cluster, status }) => ({ ...cluster, status }));
}

function explanation(): Error {
  return inputError(
    'the guided setup needs a terminal',
    'standard input or output is not one',
    'in scripts: kubecore up --sandbox --yes launches, status, logs and down follow; kubecore --help lists all',
  );
}
