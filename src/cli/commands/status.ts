/** Owns `kubecore status`: one look at a cluster, or many, as tables or as the document of CLI.md. */
import { EXIT, inputError } from '../../cluster/errors.ts';
import { assess } from '../../cluster/health.ts';
import { KINDS, type Kind, kindsOf } from '../../cluster/model.ts';
import { didYouMean } from '../../cluster/nearest.ts';
import { snapshot, statusDocument } from '../../cluster/status.ts';
import { type Target, withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { lookOf } from '../look.ts';
import { statusText } from '../status-text.ts';
import { systemClock, systemRandom } from '../system.ts';
import { watchStatus } from './status-watch.ts';

export async function status(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  const only = typeof flags.only === 'string' ? kindsNamed(flags.only) : null;
  return withTarget(context, args[0], async ({ shell, cloud, cluster, flags: same }: Target) => {
    const named = args[0] ?? context.options.cluster;
    const place = [...same, ...(named === undefined ? [] : ['--cluster', named])];
    const look = () =>
      snapshot({
        shell,
        cloud,
        cluster,
        clock: systemClock,
        random: systemRandom,
        signal: guards.signal,
        ...(only === null ? {} : { only }),
      });
    if (flags.watch === true) {
      const { stdout } = context.host;
      const redraw = io.format === 'text' && io.stdoutIsTTY;
      const leave = (): void => void stdout.write('\x1b[?1049l');
      const release = redraw ? guards.onExit(leave) : null;
      if (redraw) stdout.write('\x1b[?1049h');
      try {
        return await watchStatus({
          io,
          size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
          signal: guards.signal,
          clock: systemClock,
          look,
          cluster,
          place,
          kinds: only ?? kindsOf(cluster.blueprint),
        });
      } finally {
        release?.();
        if (redraw) leave();
      }
    }
    const view = await look();
    const { health } = assess(view, cluster);
    if (io.format === 'text')
      await io.out(
        statusText(view, cluster, only ?? kindsOf(cluster.blueprint), lookOf(io, systemClock.now()), place),
      );
    else await io.document(statusDocument(view, cluster, systemClock.now(), place));
    return health === 'healthy' ? EXIT.done : EXIT.bad;
  });
}

function kindsNamed(text: string): readonly Kind[] {
  return text.split(',').map((raw) => {
    const word = raw.trim();
    const kind = KINDS.find((candidate) => candidate === word);
    if (!kind)
      throw inputError(
        `--only ${text} cannot be used`,
        `"${word}" is not one of ${KINDS.join(', ')}`,
        didYouMean(word, KINDS),
      );
    return kind;
  });
}
