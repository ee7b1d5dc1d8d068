/**
 * Owns `kubecore tunnel`: the API server (8080 of the master's loopback) and fleet on ports of this computer, until a signal.
 * Fleet's socket needs an sshd that forwards sockets; where it does not, etcd's port stands in, which fleetctl asks as well.
 */
import { EXIT, inputError } from '../../cluster/errors.ts';
import { MASTER } from '../../cluster/ports.ts';
import type { ForwardTarget, SshShell } from '../../ssh/shell.ts';
import { withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { openForward } from '../tunnel.ts';

const API_PORT = 8080;
const ETCD_PORT = 4001;
const FLEET_SOCKET = '/var/run/fleet.sock';

export async function tunnel(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  const apiPort = portOf('--api-port', flags.apiPort);
  const fleetPort = portOf('--fleet-port', flags.fleetPort);
  return withTarget(context, args[0], async ({ cluster, shell }) => {
    const bySocket = await opens(shell, { socket: FLEET_SOCKET }, guards.signal);
    // The last failure of each is told once, not for every connection that a client tries.
    const said = new Map<string, string>();
    const forward = (flag: string, port: number, to: ForwardTarget) =>
      openForward({
        shell,
        to,
        port,
        flag,
        failed(error) {
          if (said.get(flag) === error.why) return;
          said.set(flag, error.why);
          io.note(`${oneLine(error.what)}: ${oneLine(error.why)}`);
        },
      });
    const api = await forward('--api-port', apiPort, { port: API_PORT });
    const fleet = await forward(
      '--fleet-port',
      fleetPort,
      bySocket ? { socket: FLEET_SOCKET } : { port: ETCD_PORT },
    ).catch(async (thrown) => {
      await api.close();
      throw thrown;
    });
    const unwatch = shell.subscribe(() => {
      const state = shell.connection();
      if (state.phase === 'reconnecting' && state.attempt === 1)
        io.note(`the connection to ${oneLine(state.to)} was lost (${oneLine(state.why)}); connecting again`);
      if (state.phase === 'connected') io.note(`connected to ${oneLine(state.to)}`);
    });
    try {
      const url = (port: number): string => `http://127.0.0.1:${port}`;
      const env: Record<string, string> = {
        KUBERNETES_MASTER: url(api.port),
        FLEETCTL_ENDPOINT: url(fleet.port),
        ...(bySocket ? { FLEETCTL_EXPERIMENTAL_API: 'true' } : {}),
      };
      const fleetIs = bySocket ? FLEET_SOCKET : `its etcd on port ${ETCD_PORT}: its sshd forwards no sockets`;
      io.note(`The tunnel to ${oneLine(cluster.name)} is open until Ctrl-C. In another terminal:`);
      if (io.format === 'text') {
        await io.out(
          [
            `# the API server: ${url(api.port)}/api/v1beta1/pods`,
            `# fleet (${fleetIs}): ${url(fleet.port)}${bySocket ? '/v1-alpha/machines' : '/v2/keys/_coreos.com/fleet'}`,
            ...Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
            '',
          ].join('\n'),
        );
      } else {
        await io.record({
          api: { url: url(api.port), port: api.port },
          fleet: { url: url(fleet.port), port: fleet.port, socket: bySocket },
          env,
        });
      }
      await new Promise<void>((resolve) => {
        if (guards.signal.aborted) return resolve();
        guards.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      unwatch();
      await Promise.all([api.close(), fleet.close()]);
    }
    return EXIT.interrupted;
  });
}

/** Can it be connected to now? What cannot be reached at all is thrown. */
async function opens(shell: SshShell, to: ForwardTarget, signal: AbortSignal): Promise<boolean> {
  await shell.run(MASTER, ['true'], { signal, priority: 'interactive' });
  try {
    (await shell.forward(MASTER, to, signal)).destroy();
    return true;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return false;
  }
}

function portOf(flag: string, given: unknown): number {
  const text = String(given ?? '0');
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw inputError(
    `${flag} ${text} cannot be used`,
    'it is not a port from 1 to 65535, nor 0 for a free one',
    'leave it out for a free one',
  );
}
