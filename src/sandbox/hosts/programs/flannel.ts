/**
 * Owns flanneld 0.1 as a process: it waits for the network's configuration in etcd, leases a /24 from it, writes
 * /run/flannel/subnet.env, and watches the other leases.
 */
import type { EtcdCluster } from '../../contract.ts';
import type { Machine } from '../machine.ts';
import type { ProgramContext } from '../processes.ts';
import { glog } from '../time-format.ts';
import type { Exit } from '../unit-state.ts';
import type { Program } from './index.ts';

const CONFIG = '/coreos.com/network/config';
const SUBNETS = '/coreos.com/network/subnets/';

const log = (context: ProgramContext, place: string, text: string, level = 'I'): void =>
  context.print(glog(context.machine.now(), context.process.pid, place, text, level));

function addressNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** The network of flannel's configuration, as first address and prefix length; null when it says none. */
function network(config: string): { base: number; bits: number } | null {
  try {
    const parsed: unknown = JSON.parse(config);
    if (typeof parsed !== 'object' || parsed === null) return null;
    const text: unknown = Reflect.get(parsed, 'Network');
    const match = typeof text === 'string' ? /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(text) : null;
    if (match?.[1] === undefined) return null;
    const bits = Number(match[2]);
    return { base: Math.floor(addressNumber(match[1]) / 2 ** (32 - bits)) * 2 ** (32 - bits), bits };
  } catch {
    return null;
  }
}

/** Leases a /24 (the one it had, or a free one by chance), null when none is left. */
function lease(machine: Machine, cluster: EtcdCluster, net: { base: number; bits: number }): string | null {
  const taken = new Set(Object.keys(cluster.keys).filter((key) => key.startsWith(SUBNETS)));
  const keyOf = (subnet: string): string => SUBNETS + subnet.replace('/', '-');
  const value = JSON.stringify({ PublicIP: machine.instance.privateIp });
  const had = machine.state.flannelSubnet;
  if (had !== null && (!taken.has(keyOf(had)) || cluster.keys[keyOf(had)] === value)) {
    cluster.keys[keyOf(had)] = value;
    return had;
  }
  const count = Math.max(0, 2 ** (24 - net.bits) - 1);
  const first = Math.floor(machine.hosts.random() * count);
  for (let tried = 0; tried < count; tried++) {
    const subnet = `${addressText(net.base + (1 + ((first + tried) % count)) * 256)}/24`;
    if (taken.has(keyOf(subnet))) continue;
    cluster.keys[keyOf(subnet)] = value;
    return subnet;
  }
  return null;
}

function tryLease(context: ProgramContext): Exit | null {
  const { machine, process } = context;
  const retry = (text: string): null => {
    if (process.lines++ % 5 === 0) log(context, 'subnet.go:410', text, 'E');
    process.wakeAt = machine.after(1000);
    return null;
  };
  const cluster = machine.etcd();
  if (cluster === null)
    return retry(
      'Failed to retrieve network config: cannot sync with the cluster using endpoints 127.0.0.1:4001',
    );
  const config = cluster.keys[CONFIG];
  if (config === undefined)
    return retry('Failed to retrieve network config: 100: Key not found (/coreos.com) [1]');
  if (!machine.hasQuorum())
    return retry('Failed to acquire subnet: 300: Raft Internal Error (no leader) [0]');
  const net = network(config);
  if (net === null || net.bits > 24) {
    log(context, 'main.go:123', `Failed to parse network config: ${config}`, 'E');
    return { kind: 'exited', status: 1 };
  }
  const subnet = lease(machine, cluster, net);
  if (subnet === null) return retry('Failed to acquire subnet: out of subnets');
  const last = addressText(net.base + 2 ** (32 - net.bits) - 256);
  log(context, 'subnet.go:320', `Picking subnet in range ${addressText(net.base + 256)} ... ${last}`);
  log(context, 'subnet.go:83', `Subnet lease acquired: ${subnet}`);
  log(context, 'main.go:206', 'UDP mode initialized');
  log(context, 'udp.go:239', 'Watching for new subnet leases');
  machine.state.flannelSubnet = subnet;
  const bridge = subnet.replace('.0/24', '.1/24');
  machine.files.write('/run/flannel/subnet.env', `FLANNEL_SUBNET=${bridge}\nFLANNEL_MTU=8973\n`, 0o644);
  process.memo.leased = 1;
  process.lines = 0;
  process.every = 11_000;
  process.nextLineAt = machine.now() + 1500;
  machine.touch();
  return null;
}

const flanneld: Program = {
  start(context) {
    const { machine, process } = context;
    log(context, 'main.go:247', 'Installing signal handlers');
    log(context, 'main.go:118', 'Determining IP address of default interface');
    log(context, 'main.go:205', `Using ${machine.instance.privateIp} as external interface`);
    process.wakeAt = machine.after(1200);
  },
  wake: tryLease,
  line(context, n) {
    const { machine, process } = context;
    const cluster = machine.etcd();
    if (cluster === null)
      return glog(machine.now(), process.pid, 'subnet.go:213', 'Watch of subnet leases failed: EOF', 'E');
    for (const key of Object.keys(cluster.keys)) {
      if (!key.startsWith(SUBNETS) || process.memo[key] !== undefined) continue;
      process.memo[key] = 1;
      const subnet = key.slice(SUBNETS.length).replace('-', '/');
      if (subnet !== machine.state.flannelSubnet)
        return glog(machine.now(), process.pid, 'udp.go:264', `Subnet added: ${subnet}`);
    }
    return n % 3 === 2
      ? glog(
          machine.now(),
          process.pid,
          'subnet.go:350',
          `Lease of ${machine.state.flannelSubnet} renewed for 24h0m0s`,
        )
      : null;
  },
};

export const FLANNEL: Record<string, Program> = { flanneld };
