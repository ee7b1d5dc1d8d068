/** Owns opening a cluster: its shell with keys and host-key trust, and the session that the console and commands read. */
import { homedir } from 'node:os';
import path from 'node:path';
import { inputError, KubecoreError } from '../cluster/errors.ts';
import { masterOf } from '../cluster/identity.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Cloud, Instance } from '../cluster/ports.ts';
import { createStore, unitsOf } from '../cluster/store.ts';
import { openTail } from '../cluster/tail.ts';
import type { Identity } from '../ssh/keyring.ts';
import { createShell, type SshShell } from '../ssh/shell.ts';
import { createHostTrust } from '../ssh/trust.ts';
import type { Preferences } from '../ui/console/memory.ts';
import type { Hands } from '../ui/hands.ts';
import type { Session } from '../ui/services.ts';
import type { ChosenBackend } from './backend.ts';
import { consolePreferences } from './console-preferences.ts';
import type { Context } from './context.ts';
import { watchedShell } from './debug-log.ts';
import { createHands } from './hands.ts';
import { firstContact } from './host-trust.ts';
import { confirm } from './prompt.ts';
import { askPassphrase, loginTo } from './ssh-config.ts';
import { keepHeapSteady } from './steady-heap.ts';
import { systemClock, systemRandom } from './system.ts';
import { unlocked } from './unlocked.ts';

export interface OpenShell {
  readonly backend: ChosenBackend;
  readonly cluster: Cluster;
  /** null: the ssh-agent, or whatever key matches the cluster's key pair. */
  readonly identityFile: string | null;
  /** May a person be asked on this terminal? Not while a screen is drawn on it. */
  readonly mayAsk: boolean;
}

/** The private key to open a cluster with: --identity, the remembered one, else the one that matches its key pair. */
export async function identityFor(
  context: Context,
  backend: ChosenBackend,
  cluster: Cluster,
): Promise<string | null> {
  if (context.options.identity !== undefined) return context.options.identity;
  const record = await backend.records.get(cluster.region, cluster.name);
  if (record?.identityFile && record.stackId === cluster.stackId) return record.identityFile;
  const pair = (await backend.cloud.keyPairs(context.guards.signal)).find(
    ({ name }) => name === cluster.keyPair,
  );
  const found = pair ? await backend.local.findPrivateKey(pair) : null;
  if (found) return found.path;
  if (context.env.SSH_AUTH_SOCK) return null;
  throw inputError(
    `no private key on this computer opens "${cluster.name}"`,
    `it was launched with the key pair "${cluster.keyPair}", whose private key is not here`,
    'give it with --identity FILE',
  );
}

/** A shell to the cluster's nodes. Connects when first used. */
export function openShell(context: Context, { backend, cluster, identityFile, mayAsk }: OpenShell): SshShell {
  const instances = (signal?: AbortSignal): Promise<readonly Instance[]> =>
    backend.cloud.instances(cluster.stackId ?? cluster.name, signal);
  const agent: Identity[] = context.env.SSH_AUTH_SOCK
    ? [{ kind: 'agent', socket: context.env.SSH_AUTH_SOCK }]
    : [];
  keepHeapSteady();
  const shell = createShell({
    user: 'core',
    master: async (signal) => {
      const master = masterOf(cluster.name, await instances(signal));
      if (!master) {
        // A fault of `network` is waited out: an Auto Scaling group that replaces its master has none for a while.
        throw new KubecoreError({
          what: `"${cluster.name}" has no master to connect to`,
          why: 'no instance of its master group is running with an address',
          next: 'wait for the Auto Scaling group to replace it, or see kubecore events',
          fault: 'network',
          code: 'NoMaster',
        });
      }
      const { address, instanceId } = master;
      if (backend.kind === 'sandbox') return { address, instanceId };
      const login = { address, user: 'core', port: null, defaultUser: 'core', identityFile };
      return { ...(await loginTo(context, login)), instanceId };
    },
    instanceAt: async (address) =>
      (await instances()).find(
        (instance) => instance.privateAddress === address && instance.state === 'running',
      )?.id ?? null,
    agentSocket: context.env.SSH_AUTH_SOCK ?? null,
    identities: identityFile === null ? agent : [{ kind: 'file', path: identityFile }, ...agent],
    askPassphrase: askPassphrase(context, mayAsk),
    unlocked: unlocked(context),
    ...(backend.addressMap === null ? {} : { addressMap: backend.addressMap }),
    trust: createHostTrust({
      ownFile: backend.records.knownHosts(cluster.region, cluster.name),
      userFiles:
        backend.kind === 'sandbox'
          ? []
          : [path.join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'],
      firstContact: firstContact({
        cloud: backend.cloud,
        instances,
        accept: context.options.acceptNewHostKey,
        ask: mayAsk && context.io.interactive ? (question) => confirm(context, question) : null,
        note: (text) => context.io.note(text),
        now: systemClock.now,
      }),
    }),
    clock: systemClock,
    random: systemRandom,
  });
  return context.options.debug ? watchedShell(shell, context.debug, systemClock.now) : shell;
}

/** A cluster that is open for the console. */
export function openSession(context: Context, options: OpenShell): Session {
  const { backend, cluster } = options;
  const shell = openShell(context, options);
  const hands = createHands(context, {
    shell,
    cluster,
    flags: [...backend.flags, '--cluster', cluster.name],
    backend,
    again: () => openShell(context, options),
  });
  const preferences = consolePreferences(context, cluster);
  return sessionOver({ shell, cluster, cloud: backend.cloud, hands, preferences });
}

/** The console's session over a shell that is there. Without a cloud nothing is known of the instances. */
export function sessionOver(open: {
  readonly shell: SshShell;
  readonly cluster: Cluster;
  readonly cloud: Cloud | null;
  readonly hands: Hands;
  readonly preferences: Preferences;
}): Session {
  const { shell, cluster, cloud, hands, preferences } = open;
  const store = createStore({ shell, cluster, cloud, clock: systemClock, random: systemRandom });
  return {
    cluster,
    shell,
    store,
    hands,
    preferences,
    tail: (source, request) =>
      openTail({
        ...request,
        shell,
        source,
        clock: systemClock,
        random: systemRandom,
        masterAddress: cluster.master?.privateAddress ?? null,
      }),
    unitsOf: (ip, signal) =>
      unitsOf(shell, ip, {
        masterAddress: cluster.master?.privateAddress ?? null,
        ...(signal ? { signal } : {}),
      }),
    async close() {
      store.stop();
      await shell.close();
    },
  };
}
