import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/sandbox/contract.ts';
import { instance, makeWorld, START, type TestWorld, TOKEN, userData, without } from './world.ts';

const MASTER = userData('Master');
const MINION = userData('Minion');

function host(world: TestWorld, number = 1): Host {
  return world.hosts.byIp(`172.31.5.${number}`)!;
}

function state(one: Host, unit: string): string {
  const found = one.unit(unit);
  return found === undefined ? 'none' : `${found.load} ${found.active} ${found.sub}`;
}

/** Messages of systemd about a unit, oldest first. */
function said(one: Host, unit: string): string[] {
  return one
    .journal(unit, 500)
    .filter((entry) => entry.identifier === 'systemd')
    .map((entry) => entry.message);
}

function startedAt(one: Host, unit: string): number {
  const entry = one
    .journal(unit, 1000)
    .find((line) => /^(Started|Finished|Listening on) /.test(line.message));
  return entry?.timeUs ?? Number.NaN;
}

describe("the article's cluster", () => {
  const world = makeWorld([instance(1, MASTER), instance(2, MINION), instance(3, MINION)]);
  world.pass(15_000);

  it('has every unit of the master active within 8 to 15 real seconds at speed 10', () => {
    const units = Object.values(host(world).state.units).filter((unit) => unit.origin === 'cloud-config');
    expect(units.filter((unit) => unit.active !== 'active').map((unit) => unit.name)).toEqual([]);
    expect(units).toHaveLength(11);
    const last = Math.max(...units.map((unit) => startedAt(host(world), unit.name)));
    expect(last / 1000 - START).toBeGreaterThan(6_000);
    expect(last / 1000 - START).toBeLessThan(15_000);
  });

  it('starts units after what they require', () => {
    for (const [first, second] of [
      ['flannel-download.service', 'flannel.service'],
      ['etcd.service', 'flannel.service'],
      ['flannel.service', 'docker.service'],
      ['kube-download.service', 'kube-apiserver.service'],
      ['kube-apiserver.service', 'kube-scheduler.service'],
      ['kube-register-download.service', 'kube-register.service'],
    ] as const) {
      expect(startedAt(host(world), first), `${first} before ${second}`).toBeLessThan(
        startedAt(host(world), second),
      );
    }
  });

  it('forms one etcd cluster of all hosts and keeps flannel leases in it', () => {
    const cluster = world.world.etcd[TOKEN]!;
    expect([...cluster.members].sort()).toEqual(['i-00000001', 'i-00000002', 'i-00000003']);
    expect(Object.keys(world.world.discovery[TOKEN]!.members)).toHaveLength(3);
    expect(cluster.keys['/coreos.com/network/config']).toBe('{"Network":"172.24.0.0/16"}');
    const subnets = world.hosts.all().map((one) => one.state.flannelSubnet);
    expect(new Set(subnets).size).toBe(3);
    for (const subnet of subnets) expect(subnet).toMatch(/^172\.24\.\d+\.0\/24$/);
    expect(host(world).state.files['/run/flannel/subnet.env']!.text).toMatch(
      /^FLANNEL_SUBNET=172\.24\.\d+\.1\/24\nFLANNEL_MTU=\d+\n$/,
    );
  });

  it('reads metadata, drop-ins and the update strategy', () => {
    expect(host(world).state.metadata).toEqual({ role: 'master' });
    expect(host(world, 2).state.metadata).toEqual({ role: 'minion' });
    expect(host(world).state.files['/etc/coreos/update.conf']!.text).toBe(
      'GROUP=alpha\nREBOOT_STRATEGY=off\n',
    );
    expect(state(host(world), 'locksmithd.service')).toBe('masked inactive dead');
    expect(host(world).state.files['/run/systemd/system/etcd.service.d/20-cloudinit.conf']!.text).toContain(
      'ETCD_ADDR=172.31.5.1:4001',
    );
  });

  it('prints the host key on the console in both forms', () => {
    const text = world.world.regions['us-east-1']!.instances['i-00000001']!.console;
    expect(text).toMatch(/SSH host key: SHA256:[A-Za-z0-9+/]{43} \(ED25519\)/);
    expect(text).toMatch(
      /-----BEGIN SSH HOST KEY FINGERPRINTS-----\r\n256 MD5:([0-9a-f]{2}:){15}[0-9a-f]{2} root@ip-172-31-5-1 \(ED25519\)/,
    );
    expect(text.endsWith('ip-172-31-5-1 login: ')).toBe(true);
  });

  it('lets the log of every daemon grow, with little work', () => {
    const before = host(world).journal(null, 1)[0]!.seq;
    world.pass(30_000);
    for (const unit of [
      'etcd',
      'fleet',
      'flannel',
      'docker',
      'kube-apiserver',
      'kube-scheduler',
      'kube-controller-manager',
      'kube-kubelet',
      'kube-proxy',
      'kube-register',
    ]) {
      const fresh = host(world)
        .journal(`${unit}.service`, 50)
        .filter((entry) => entry.seq > before);
      expect(fresh.length, unit).toBeGreaterThan(0);
      expect(fresh.length, unit).toBeLessThan(20);
    }
  });

  it('stops and does not bring back what requires etcd', () => {
    const one = host(world);
    one.stopUnit('etcd.service');
    world.pass(1000);
    for (const unit of ['kube-apiserver', 'kube-kubelet', 'kube-scheduler', 'flannel', 'docker']) {
      expect(state(one, `${unit}.service`), unit).toBe('loaded inactive dead');
    }
    expect(one.etcd()).toBeNull();
    one.startUnit('etcd.service');
    world.pass(1000);
    expect(one.hasQuorum()).toBe(true);
    expect(state(one, 'kube-apiserver.service')).toBe('loaded inactive dead');
  });
});

describe('what the user data lacks', () => {
  it('is missing from the cluster, and so is what requires it', () => {
    const world = makeWorld([instance(1, without(MASTER, 'kube-apiserver.service'))], { size: 1 });
    world.pass(14_000);
    const one = host(world);
    expect(one.unit('kube-apiserver.service')).toBeUndefined();
    for (const unit of ['kube-scheduler', 'kube-controller-manager', 'kube-register']) {
      expect(state(one, `${unit}.service`)).toBe('loaded inactive dead');
      expect(said(one, `${unit}.service`)).toEqual([
        `Failed to start ${unit}.service: Unit kube-apiserver.service not found.`,
      ]);
    }
    expect(state(one, 'kube-kubelet.service')).toBe('loaded active running');
  });

  it('skips a unit whose program was never downloaded', () => {
    const world = makeWorld([instance(1, MINION.replace(/ +ExecStart=.*\/opt\/bin http:.*\/proxy\n/, ''))], {
      size: 1,
    });
    world.pass(14_000);
    expect(state(host(world), 'kube-download.service')).toBe('loaded failed failed');
    expect(said(host(world), 'kube-proxy.service')[0]).toBe('Dependency failed for kube-proxy.service.');
    const second = makeWorld([instance(1, MINION.replace(/ +ExecStart=.*\/proxy\n/g, ''))], { size: 1 });
    second.pass(14_000);
    expect(state(host(second), 'kube-proxy.service')).toBe('loaded inactive dead');
    expect(said(host(second), 'kube-proxy.service')[0]).toContain(
      'was skipped because of an unmet condition check (ConditionFileIsExecutable=/opt/bin/proxy).',
    );
  });

  it('boots bare without user data, and with user data that is no YAML', () => {
    const world = makeWorld([instance(1, ''), instance(2, '#cloud-config\ncoreos: [unclosed\n')]);
    world.pass(2000);
    for (const number of [1, 2]) {
      const one = host(world, number);
      expect(Object.values(one.state.units).every((unit) => unit.origin === 'vendor')).toBe(true);
      expect(state(one, 'docker.socket')).toBe('loaded active listening');
      expect(state(one, 'etcd.service')).toBe('loaded inactive dead');
    }
    expect(state(host(world, 2), 'oem-cloudinit.service')).toBe('loaded failed failed');
    expect(
      host(world, 2)
        .journal('oem-cloudinit.service', 20)
        .some((entry) => entry.message.includes('YAML error')),
    ).toBe(true);
  });

  it('does not form a cluster on a discovery token that is unknown or used', () => {
    const unknown = makeWorld([instance(1, MASTER.replace(TOKEN, 'nosuch'))]);
    unknown.pass(3000);
    expect(state(host(unknown), 'etcd.service')).toMatch(/^loaded activating|^loaded active/);
    expect(
      host(unknown)
        .journal('etcd.service', 50)
        .some((entry) => entry.message.includes('not known to the discovery service')),
    ).toBe(true);
    expect(host(unknown).hasQuorum()).toBe(false);
    const used = makeWorld([instance(1, MASTER)]);
    used.world.discovery[TOKEN]!.members['i-dead'] = 'http://10.0.0.9:7001';
    used.pass(3000);
    expect(host(used).hasQuorum()).toBe(false);
    expect(
      host(used)
        .journal('etcd.service', 50)
        .some((entry) => entry.message.includes('used before')),
    ).toBe(true);
  });
});

describe('a host that comes when the discovery token is full', () => {
  it('stands by: its etcd forwards to the members and is none of them', () => {
    const world = makeWorld([instance(1, MASTER), instance(2, MINION)], { size: 1 });
    world.pass(14_000);
    expect(world.world.etcd[TOKEN]!.members).toHaveLength(1);
    for (const number of [1, 2]) {
      expect(host(world, number).hasQuorum()).toBe(true);
      expect(host(world, number).etcd()).toBe(world.world.etcd[TOKEN]);
    }
    expect(state(host(world, 2), 'docker.service')).toBe('loaded active running');
  });
});

describe('units of a person', () => {
  function start(content: string, name = 'one.service'): { world: TestWorld; one: Host } {
    const world = makeWorld([instance(1, '')]);
    world.pass(1000);
    const one = host(world);
    one.loadUnit(name, content, 'fleet');
    one.startUnit(name);
    world.pass(300);
    return { world, one };
  }

  it('says Hello World each real second', () => {
    const { world, one } = start(
      '[Service]\nExecStart=/bin/sh -c "while true; do echo Hello World; sleep 1; done"\n',
    );
    expect(said(one, 'one.service')).toEqual(['Started one.service.']);
    world.pass(10_000);
    const lines = one.journal('one.service', 100).filter((entry) => entry.message === 'Hello World');
    expect(lines.length).toBeGreaterThanOrEqual(10);
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(lines[1]!.timeUs - lines[0]!.timeUs).toBeGreaterThan(990_000);
    expect(lines[0]!.identifier).toBe('sh');
  });

  it("runs the article's myapp in a container", () => {
    const { world, one } = start(`[Unit]
Description=MyApp
After=docker.service
Requires=docker.service

[Service]
TimeoutStartSec=0
ExecStartPre=-/usr/bin/docker kill busybox1
ExecStartPre=-/usr/bin/docker rm busybox1
ExecStartPre=/usr/bin/docker pull busybox
ExecStart=/usr/bin/docker run --name busybox1 busybox /bin/sh -c "while true; do echo Hello World; sleep 1; done"
ExecStop=/usr/bin/docker stop busybox1
`);
    world.pass(6000);
    expect(state(one, 'one.service')).toBe('loaded active running');
    expect(one.journal('one.service', 3).map((entry) => entry.message)).toEqual([
      'Hello World',
      'Hello World',
      'Hello World',
    ]);
    const [container] = one.state.containers;
    expect(container).toMatchObject({
      name: 'busybox1',
      image: 'busybox',
      finishedAt: null,
      owner: { kind: 'unit', name: 'one.service' },
    });
    expect(container!.logs.length).toBeGreaterThan(3);
    one.stopUnit('one.service');
    world.pass(1000);
    expect(state(one, 'one.service')).toBe('loaded inactive dead');
    expect(one.state.containers[0]!.finishedAt).not.toBeNull();
  });

  it('fails with 203/EXEC when the program is missing', () => {
    const { one } = start('[Service]\nExecStart=/opt/bin/does-not-exist\n', 'missingbin.service');
    expect(state(one, 'missingbin.service')).toBe('loaded failed failed');
    expect(one.journal('missingbin.service', 10).map((entry) => [entry.identifier, entry.message])).toEqual([
      ['systemd', 'Started missingbin.service.'],
      [
        '(ot-exist)',
        'missingbin.service: Failed to locate executable /opt/bin/does-not-exist: No such file or directory',
      ],
      [
        '(ot-exist)',
        'missingbin.service: Failed at step EXEC spawning /opt/bin/does-not-exist: No such file or directory',
      ],
      ['systemd', 'missingbin.service: Main process exited, code=exited, status=203/EXEC'],
      ['systemd', "missingbin.service: Failed with result 'exit-code'."],
    ]);
  });

  it('restarts as asked, and gives up when it happens too often', () => {
    const slow = start(
      '[Service]\nExecStart=/bin/sh -c "echo crash; exit 1"\nRestart=always\nRestartSec=10\n',
    );
    slow.world.pass(5000);
    expect(state(slow.one, 'one.service')).toBe('loaded activating auto-restart');
    expect(slow.one.unit('one.service')!.restarts).toBeGreaterThanOrEqual(4);
    const fast = start('[Service]\nExecStart=/bin/sh -c "exit 1"\nRestart=always\n');
    fast.world.pass(2000);
    expect(state(fast.one, 'one.service')).toBe('loaded failed failed');
    expect(said(fast.one, 'one.service')).toContain('one.service: Start request repeated too quickly.');
  });

  it('tells oneshots, exits and false apart', () => {
    const done = start('[Unit]\nDescription=D\n[Service]\nType=oneshot\nExecStart=/bin/echo done\n');
    expect(state(done.one, 'one.service')).toBe('loaded inactive dead');
    expect(said(done.one, 'one.service')).toEqual([
      'Starting one.service - D...',
      'one.service: Deactivated successfully.',
      'Finished one.service - D.',
    ]);
    const kept = start('[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n');
    expect(state(kept.one, 'one.service')).toBe('loaded active exited');
    const three = start('[Service]\nExecStart=/bin/sh -c "exit 3"\n');
    expect(state(three.one, 'one.service')).toBe('loaded failed failed');
    expect(said(three.one, 'one.service')).toContain(
      'one.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED',
    );
    const pre = start('[Service]\nExecStartPre=/bin/false\nExecStart=/bin/sleep 100\n');
    expect(said(pre.one, 'one.service')).toContain(
      'one.service: Control process exited, code=exited, status=1/FAILURE',
    );
  });

  it('gives up a start that takes too long', () => {
    const { world, one } = start(
      '[Service]\nTimeoutStartSec=20\nExecStartPre=/bin/sleep 1000\nExecStart=/bin/sleep 5\n',
    );
    expect(state(one, 'one.service')).toBe('loaded activating start-pre');
    world.pass(3000);
    expect(one.unit('one.service')).toMatchObject({ active: 'failed', result: 'timeout' });
  });

  it('runs timers', () => {
    const { world, one } = start('[Service]\nExecStart=/bin/echo tick\n', 'tick.service');
    one.loadUnit('tick.timer', '[Timer]\nOnUnitActiveSec=10\n', 'fleet');
    one.startUnit('tick.timer');
    world.pass(5000);
    expect(state(one, 'tick.timer')).toBe('loaded active waiting');
    expect(
      one.journal('tick.service', 100).filter((entry) => entry.message === 'tick').length,
    ).toBeGreaterThanOrEqual(5);
  });
});

describe('faults and ends', () => {
  it('crashes a unit as often as asked, and its dependants are restarted with it', () => {
    const world = makeWorld([instance(1, MASTER)], { size: 1 });
    world.pass(14_000);
    const one = host(world);
    world.world.faults.push({
      name: 'unit-crashes',
      target: 'kube-apiserver.service',
      at: 0,
      until: null,
      times: 1,
    });
    world.pass(300);
    expect(state(one, 'kube-apiserver.service')).toBe('loaded activating auto-restart');
    expect(world.world.faults).toEqual([]);
    world.pass(3000);
    expect(state(one, 'kube-apiserver.service')).toBe('loaded active running');
    expect(state(one, 'kube-scheduler.service')).toBe('loaded active running');
    expect(said(one, 'kube-apiserver.service')).toContain(
      'kube-apiserver.service: Main process exited, code=exited, status=1/FAILURE',
    );
  });

  it('crashes on one machine for ever until the fault is taken back', () => {
    const world = makeWorld([instance(1, MASTER), instance(2, MINION)], { size: 2 });
    world.pass(14_000);
    const prefix = host(world, 2).state.machineId.slice(0, 8);
    world.world.faults.push({
      name: 'unit-crashes',
      target: `kube-proxy.service@${prefix}`,
      at: 0,
      until: null,
      times: null,
    });
    world.pass(6000);
    expect(host(world, 2).unit('kube-proxy.service')!.restarts).toBeGreaterThanOrEqual(2);
    expect(host(world, 1).unit('kube-proxy.service')!.restarts).toBe(0);
    world.world.faults.length = 0;
    world.pass(3000);
    expect(state(host(world, 2), 'kube-proxy.service')).toBe('loaded active running');
  });

  it('loses a terminated host at once and its etcd member after 30 simulated seconds', () => {
    const world = makeWorld([instance(1, MASTER), instance(2, MINION), instance(3, MINION)]);
    world.pass(14_000);
    const gone = world.world.regions['us-east-1']!.instances['i-00000003']!;
    gone.state = 'terminated';
    gone.since = world.clock.now();
    world.pass(100);
    expect(world.hosts.all()).toHaveLength(2);
    expect(host(world).hasQuorum()).toBe(true);
    expect(world.world.etcd[TOKEN]!.members).toHaveLength(3);
    world.pass(4000);
    expect(world.world.etcd[TOKEN]!.members).toEqual(['i-00000001', 'i-00000002']);
    expect(Object.keys(world.world.discovery[TOKEN]!.members)).toHaveLength(2);
  });

  it('loses quorum when too many cannot be reached', () => {
    const world = makeWorld([instance(1, MASTER), instance(2, MINION), instance(3, MINION)]);
    world.pass(14_000);
    for (const number of [2, 3]) host(world, number).state.unreachableUntil = world.clock.now() + 1000;
    expect(host(world).hasQuorum()).toBe(false);
    world.pass(1100);
    expect(host(world).hasQuorum()).toBe(true);
  });

  it('goes on from a saved world', () => {
    const first = makeWorld([instance(1, MASTER)], { size: 1 });
    first.pass(4000);
    expect(state(host(first), 'kube-download.service')).toBe('loaded activating start');
    const saved = JSON.parse(JSON.stringify(first.world));
    const second = makeWorld([], { world: saved, start: first.clock.now() });
    second.pass(12_000);
    const units = Object.values(host(second).state.units).filter((unit) => unit.origin === 'cloud-config');
    expect(units.filter((unit) => unit.active !== 'active').map((unit) => unit.name)).toEqual([]);
    expect(host(second).state.journal.length).toBeLessThanOrEqual(750);
    const later = makeWorld([], {
      world: JSON.parse(JSON.stringify(second.world)),
      start: second.clock.now() + 86_400_000,
    });
    later.pass(1000);
    expect(host(later).journal('kube-apiserver.service', 1000).length).toBeLessThan(200);
    expect(state(host(later), 'kube-apiserver.service')).toBe('loaded active running');
  });
});
