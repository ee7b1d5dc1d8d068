/** Owns `kubecore status`: one look at a cluster, as tables or as the document of CLI.md. */
import { EXIT, inputError } from '../../cluster/errors.ts';
import { assess } from '../../cluster/health.ts';
import { KINDS, type Kind } from '../../cluster/model.ts';
import { nearest } from '../../cluster/parameters.ts';
import { snapshot, statusDocument } from '../../cluster/status.ts';
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { identityFor, openShell } from '../session.ts';
import { statusText } from '../status-text.ts';
import { systemClock, systemRandom } from '../system.ts';
import { findCluster } from '../target.ts';

export async function status(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  const only = typeof flags.only === 'string' ? kindsOf(flags.only) : null;
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, args[0] ?? context.options.cluster, guards.signal);
  const identityFile = await identityFor(context, backend, cluster);
  const shell = openShell(context, { backend, cluster, identityFile, mayAsk: true });
  try {
    const view = await snapshot({
      shell,
      cloud: backend.cloud,
      cluster,
      clock: systemClock,
      random: systemRandom,
      signal: guards.signal,
      ...(only === null ? {} : { only }),
    });
    const { health } = assess(view, cluster);
    if (io.format === 'text') await io.out(statusText(view, cluster, only ?? KINDS));
    else await io.document(statusDocument(view, cluster, systemClock.now()));
    return health === 'healthy' ? EXIT.done : EXIT.bad;
  } finally {
    await shell.close();
  }
}

function kindsOf(text: string): readonly Kind[] {
  return text.split(',').map((raw) => {
    const word = raw.trim();
    const kind = KINDS.find((candidate) => candidate === word);
    if (!kind)
      throw inputError(
        `--only ${text} cannot be used`,
        `"${word}" is not one of ${KINDS.join(', ')}`,
        `did you mean ${nearest(word, KINDS)}?`,
      );
    return kind;
  });
}
