/**
 * Owns etcd 0.4 as a process: it joins through discovery, logs as etcd 0.4 did, and ends with an error when it cannot join.
 */
import { join, liveMembers } from '../etcd.ts';
import type { ProgramContext } from '../processes.ts';
import { dateParts, pad } from '../time-format.ts';
import type { Program } from './index.ts';

function line(context: ProgramContext, level: 'INFO' | 'WARNING' | 'CRITICAL', text: string): string {
  const now = context.machine.now();
  const d = dateParts(now);
  const ms = pad((((now % 1000) + 1000) % 1000) | 0, 3);
  return `[etcd] ${d.monthName} ${String(d.day).padStart(2)} ${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)}.${ms} ${level.padEnd(9)} | ${text}`;
}

const etcd: Program = {
  start(context) {
    const { machine, process } = context;
    const token = machine.state.etcdToken;
    if (token !== null)
      context.print(line(context, 'INFO', `Discovery via ${discoveryUrl(context)} using prefix /${token}.`));
    process.wakeAt = machine.after(700);
  },
  wake(context) {
    const { machine, process } = context;
    const id = machine.state.machineId;
    const info = (text: string) => context.print(line(context, 'INFO', text));
    const joining = join(machine);
    if (joining.state === 'failed') {
      for (const why of joining.why) context.print(line(context, 'WARNING', why));
      context.print(
        line(context, 'CRITICAL', 'Discovery failed and no backup peer list was given: giving up'),
      );
      return { kind: 'exited', status: 1 };
    }
    const ip = machine.instance.privateIp;
    if (machine.state.etcdToken !== null) {
      info(
        joining.peers.length === 0
          ? 'Discovery was able to register this peer as the first of its cluster'
          : `Discovery found peers ${JSON.stringify(joining.peers)}`,
      );
    }
    info(`etcd server [name ${id}, listen on :4001, advertised url http://${ip}:4001]`);
    info(`peer server [name ${id}, listen on :7001, advertised url http://${ip}:7001]`);
    if (joining.state === 'standby') {
      info(`${id} starting in standby mode`);
    } else {
      info(`${id} starting in peer mode`);
      info(`${id}: state changed from 'initialized' to 'follower'.`);
      if (joining.state === 'leader') {
        info(`${id}: state changed from 'follower' to 'leader'.`);
        info(`${id}: leader changed from '' to '${id}'.`);
      }
    }
    announce(context);
    process.memo.joined = 1;
    process.every = 7300;
    process.nextLineAt = machine.now() + process.every;
    machine.touch();
    return null;
  },
  line(context, n) {
    const { machine } = context;
    const members = machine.etcdCluster().members;
    if (!machine.hasQuorum()) {
      return line(
        context,
        'WARNING',
        `${machine.state.machineId}: no quorum: ${liveMembers(machine.hosts, members).length} of ${members.length} peers answer`,
      );
    }
    const index = 1800 + Math.floor((machine.now() - machine.state.bootedAt) / 40);
    if (n % 4 === 3)
      return line(
        context,
        'INFO',
        `${machine.state.machineId}: snapshot of ${index} events at index ${index} completed`,
      );
    const peers = members.length - 1;
    return line(
      context,
      'INFO',
      `${machine.state.machineId}: heartbeat acknowledged by ${peers} of ${peers} peers, commit index ${index}`,
    );
  },
};

/** The other members see the new peer. */
function announce(context: ProgramContext): void {
  const { machine } = context;
  for (const peer of liveMembers(machine.hosts, machine.etcdCluster().members)) {
    if (peer === machine) continue;
    peer.log({
      unit: 'etcd.service',
      identifier: 'etcd',
      pid: peer.unit('etcd.service')?.mainPid ?? null,
      message: line(context, 'INFO', `${peer.state.machineId}: peer added: '${machine.state.machineId}'`),
    });
  }
}

function discoveryUrl(context: ProgramContext): string {
  const url = context.process.env.ETCD_DISCOVERY ?? '';
  return url.slice(0, url.lastIndexOf('/')) || 'https://discovery.etcd.io';
}

export const ETCD: Record<string, Program> = { etcd };
