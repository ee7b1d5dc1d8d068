/** Owns `kubecore ssh-config`: a block for ~/.ssh/config, so that stock ssh, scp, sftp and rsync reach the machines by name. */
import path from 'node:path';
import { asKubecoreError, EXIT } from '../../cluster/errors.ts';
import type { Cluster } from '../../cluster/model.ts';
import type { Instance } from '../../cluster/ports.ts';
import { lookAtMachines } from '../../cluster/sources.ts';
import type { FleetMachine } from '../../cluster/tools/fleetctl.ts';
import { nodeAt, parseHost, type Target, withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { aliasesOf, type SshMachine, sshConfigBlock } from '../ssh-config-block.ts';

export async function sshConfig(context: Context, args: readonly string[]): Promise<number> {
  const { io, guards } = context;
  return withTarget(context, args[0], async (target) => {
    const { cluster, shell, flags, knownHosts, identityFile } = target;
    const machines = await lookAtMachines(shell, guards.signal);
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
    const listed = await machinesOf(target, machines, instances, context);
    const text = sshConfigBlock({
      name: cluster.name,
      user: context.options.host === undefined ? 'core' : (parseHost(context.options.host).user ?? 'core'),
      identityFile: identityFile === null ? null : path.resolve(identityFile),
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
async function machinesOf(
  { cluster, backend }: Target,
  machines: readonly FleetMachine[],
  instances: readonly Instance[],
  context: Context,
): Promise<readonly SshMachine[]> {
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
    await masterOf(cluster, machines.find(isMaster)?.id ?? '', context, backend?.addressMap ?? null),
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

async function masterOf(
  { master }: Cluster,
  id: string,
  { options }: Context,
  addressMap: NonNullable<Target['backend']>['addressMap'],
): Promise<SshMachine> {
  const address = master?.address ?? '';
  const mapped = await addressMap?.(address);
  return {
    alias: 'master',
    id,
    address: mapped?.host ?? address,
    port: mapped?.port ?? (options.host === undefined ? null : parseHost(options.host).port),
    hostKeyAlias: master?.instanceId ?? null,
    behindMaster: false,
  };
}
