/** Owns `kubecore ssh-config`: a block for ~/.ssh/config, so that stock ssh, scp, sftp and rsync reach the machines by name. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { asKubecoreError, EXIT } from '../../cluster/errors.ts';
import type { Instance } from '../../cluster/ports.ts';
import { machinesOf } from '../../cluster/sources.ts';
import type { FleetMachine } from '../../cluster/tools/fleetctl.ts';
import { hostName, namesMatch, parseKnownHosts } from '../../ssh/known-hosts.ts';
import { nodeAt, parseHost, type Target, withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { loginTo } from '../ssh-config.ts';
import { aliasesOf, type SshMachine, sshConfigBlock } from '../ssh-config-block.ts';

export async function sshConfig(context: Context, args: readonly string[]): Promise<number> {
  const { io, guards } = context;
  return withTarget(context, args[0], async (target) => {
    const { cluster, shell, flags, knownHosts } = target;
    const machines = await machinesOf(shell, cluster, guards.signal);
    // ssh will look for the keys in our known hosts: each machine is greeted once, and its key checked as always.
    await Promise.all(
      machines.map(({ ip }) =>
        shell.run(nodeAt(cluster, ip), ['true'], { signal: guards.signal }).catch((thrown: unknown) => {
          if (guards.signal.aborted) throw thrown;
          const error = asKubecoreError(thrown);
          io.note(`the host key of ${oneLine(ip)} could not be checked: ${oneLine(error.why)}`);
        }),
      ),
    );
    const instances =
      target.cloud === null
        ? []
        : await target.cloud.instances(cluster.stackId ?? cluster.name, guards.signal);
    const login = await loginOf(context, target);
    const listed = machinesListed(target, machines, instances, login);
    const text = sshConfigBlock({
      name: cluster.name,
      user: login.user,
      identityFile: login.identityFile === null ? null : path.resolve(login.identityFile),
      knownHosts,
      machines: listed,
      madeBy: ['kubecore ssh-config', ...(args[0] === undefined ? [] : [args[0]]), ...flags].join(' '),
    });
    if (io.format === 'text') await io.out(text);
    else
      await io.document(
        listed.map((machine) => ({
          hosts: aliasesOf(cluster.name, machine),
          machineId: machine.id === '' ? null : machine.id,
          address: machine.address,
          port: machine.port ?? 22,
          behindMaster: machine.behindMaster,
        })),
      );
    return EXIT.done;
  });
}

/** The master first, the others by address. */
function machinesListed(
  { cluster }: Target,
  machines: readonly FleetMachine[],
  instances: readonly Instance[],
  login: Login,
): readonly SshMachine[] {
  const idAt = (ip: string | null): string | null =>
    instances.find(({ privateAddress, state }) => privateAddress === ip && state === 'running')?.id ?? null;
  const isMaster = ({ ip }: FleetMachine): boolean => ip !== '' && ip === cluster.master?.privateAddress;
  const others = machines
    .filter((machine) => machine.ip !== '' && !isMaster(machine))
    .sort((a, b) => a.ip.localeCompare(b.ip, 'en', { numeric: true }));
  const counts = new Map<string, number>();
  const numbered = (role: string): string => {
    counts.set(role, (counts.get(role) ?? 0) + 1);
    return `${role}-${counts.get(role)}`;
  };
  return [
    { ...login.master, alias: 'master', id: machines.find(isMaster)?.id ?? '' },
    ...others.map(
      ({ id, ip, role }): SshMachine => ({
        alias: numbered(role ?? 'machine'),
        id,
        address: ip,
        port: null,
        hostKeyAlias: idAt(ip),
        behindMaster: true,
      }),
    ),
  ];
}

/** How the master is logged in to: by the cloud's address, or as --host and the user's own configuration have it. */
interface Login {
  readonly master: Omit<SshMachine, 'alias' | 'id'>;
  readonly user: string;
  readonly identityFile: string | null;
}

async function loginOf(context: Context, target: Target): Promise<Login> {
  const { host } = context.options;
  const { identityFile, knownHosts, cluster, backend } = target;
  if (host === undefined) {
    const address = cluster.master?.address ?? '';
    const mapped = await backend?.addressMap?.(address);
    const master = {
      address: mapped?.host ?? address,
      port: mapped?.port ?? null,
      hostKeyAlias: cluster.master?.instanceId ?? null,
      behindMaster: false,
    };
    return { master, user: 'core', identityFile };
  }
  const destination = { ...parseHost(host), defaultUser: 'core', identityFile };
  const found = await loginTo(context, destination);
  const port = found.port ?? 22;
  // What kubecore accepted itself it wrote under the name that was given.
  const written = hostName(destination.address, port);
  const own = parseKnownHosts(await readFile(knownHosts[0] ?? '', 'utf8').catch(() => ''));
  const isAlias = found.dial !== undefined && own.some(({ names }) => namesMatch(names, written));
  const file = found.identities?.find((identity) => identity.kind === 'file');
  return {
    master: {
      address: found.dial ?? destination.address,
      port: port === 22 ? null : port,
      hostKeyAlias: isAlias ? written : null,
      behindMaster: false,
      jumps: (found.jumps ?? []).map(
        (jump) =>
          `${jump.user === undefined ? '' : `${jump.user}@`}${hostName(jump.dial ?? jump.address, jump.port ?? 22).replace(/^\[([^\]:]*)\]/, '$1')}`,
      ),
    },
    user: found.user ?? 'core',
    identityFile: identityFile ?? (file?.kind === 'file' ? file.path : null),
  };
}
