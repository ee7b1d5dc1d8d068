/** Holds the registry's behaviour over time: who is listed, what is scheduled, and what happens when a host goes. */
import { beforeEach, describe, expect, it } from 'vitest';
import { apiV1beta1, fleetApi } from '../../../src/sandbox/registry/index.ts';
import { registryTools } from '../../../src/sandbox/tools/index.ts';
import { type FakeHost, Lab } from '../tools/lab.ts';
import { MiniShell, type Ran } from '../tools/mini-shell.ts';

const read = (path: string) => ({ method: 'GET', path, body: '' });

let lab: Lab;
let master: FakeHost;
const run = (command: string, host = master): Promise<Ran> =>
  new MiniShell(lab, host, { tools: registryTools, agent: false }).run(command);
const out = async (command: string) => (await run(command)).stdout;
const file = (path: string, text: string) => {
  master.state.files[`/home/core/${path}`] = { text, mode: 0o644, mtime: 0 };
};
const SLEEP = '[Service]\nExecStart=/bin/sleep 100\n';
const MINIONS = ['10.77.0.12', '10.77.0.13'];

interface PodJson {
  id: string;
  desiredState: { host?: string; manifest: { containers: { image: string }[] } };
  currentState: { status: string; podIP?: string; info?: Record<string, { restartCount: number }> };
}
const pods = async (selector = '') => {
  const { items } = JSON.parse(await out(`kubecfg -json -l '${selector}' list pods`)) as {
    items: PodJson[] | null;
  };
  return items ?? [];
};
const minions = async () => (await out('kubecfg list minions')).trim().split('\n').slice(2);

beforeEach(() => {
  lab = new Lab();
  master = lab.host('master');
  for (const unit of ['fleet.socket', 'kube-register.service']) {
    master.loadUnit(unit, '', 'cloud-config');
    master.startUnit(unit);
  }
  lab.advance(1000);
});

describe('fleet', () => {
  it('lists a killed machine for 30 s, then moves its units', async () => {
    file('a.service', `${SLEEP}[X-Fleet]\nMachineMetadata=role=minion\n`);
    await run('fleetctl start a.service');
    const first = lab.cluster.fleet.units['a.service']!.target!;
    const dead = lab.hosts.find((host) => host.state.machineId === first)!;
    lab.kill(dead.state.hostname);
    lab.advance(29_000);
    expect(await out('fleetctl list-machines --full')).toContain(first);
    lab.advance(2_000);
    expect(await out('fleetctl list-machines --full')).not.toContain(first);
    lab.advance(8_000);
    const list = await out('fleetctl list-units --full --no-legend');
    expect(list).toMatch(/^a\.service\t.*active\t+running\n$/);
    expect(list).not.toContain(first);
  });

  it('forgets a machine at once when its fleetd is stopped, and takes the units off it', async () => {
    file('a.service', `${SLEEP}[X-Fleet]\nMachineMetadata=role=minion\n`);
    await run('fleetctl start a.service');
    const host = lab.hosts.find((one) => one.unit('a.service') !== undefined)!;
    host.stopUnit('fleet.service');
    lab.advance(200);
    expect(await out('fleetctl list-machines --full')).not.toContain(host.state.machineId);
    expect(host.unit('a.service')).toBeUndefined();
  });

  it('reads stale data for ever without quorum, and refuses writes', async () => {
    const before = await out('fleetctl list-machines');
    lab.host('minion1').up = false;
    lab.host('minion2').up = false;
    lab.advance(120_000);
    expect(await out('fleetctl list-machines')).toBe(before);
    file('a.service', SLEEP);
    const began = lab.now;
    const refused = await run('fleetctl submit a.service');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('timeout reached');
    expect(lab.now - began).toBeGreaterThanOrEqual(3_000);
  });

  it('runs a global unit once per machine that fits, the new ones too', async () => {
    file('g.service', `${SLEEP}[X-Fleet]\nGlobal=true\nMachineMetadata=role=minion\n`);
    await run('fleetctl start g.service');
    lab.advance(7_000);
    expect((await out('fleetctl list-units --no-legend')).split('\n')).toHaveLength(3);
    lab.add('minion3', 'f'.repeat(32), '10.77.0.14', 'minion');
    lab.advance(7_000);
    expect((await out('fleetctl list-units --no-legend')).split('\n')).toHaveLength(4);
  });

  it('keeps a destroyed unit in the list until the agent comes by', async () => {
    file('a.service', SLEEP);
    await run('fleetctl start a.service');
    lab.afterAgents();
    expect(await out('fleetctl destroy a.service')).toBe('Destroyed a.service\n');
    lab.advance(2_000);
    expect(await out('fleetctl list-units --no-legend')).toContain('a.service');
    lab.advance(5_000);
    expect(await out('fleetctl list-units --no-legend')).toBe('');
  });

  it('honours MachineOf and an old X-Conditions name, and goes by least load', async () => {
    file('db.service', `${SLEEP}[X-Fleet]\nX-ConditionMachineMetadata=role=master\n`);
    file('web.service', `${SLEEP}[X-Fleet]\nMachineOf=db.service\n`);
    await run('fleetctl start db.service web.service');
    const { units } = lab.cluster.fleet;
    expect(units['db.service']!.target).toBe(master.state.machineId);
    expect(units['web.service']!.target).toBe(master.state.machineId);
    file('free.service', SLEEP);
    await run('fleetctl start free.service');
    expect(units['free.service']!.target).not.toBe(master.state.machineId);
  });

  it('answers on its socket while that listens', () => {
    expect(fleetApi(master, '/v1-alpha/machines')?.status).toBe(200);
    master.stopUnit('fleet.socket');
    master.stopUnit('fleet.service');
    expect(fleetApi(master, '/v1-alpha/machines')).toBeNull();
  });
});

describe('Kubernetes', () => {
  it('registers the fleet machines that are minions, and no others', async () => {
    expect(await minions()).toEqual(MINIONS);
    lab.add('minion3', 'f'.repeat(32), '10.77.0.14', 'minion');
    lab.advance(2_000);
    expect(await minions()).toEqual([...MINIONS, '10.77.0.14']);
    expect(JSON.parse(await out('kubecfg -json get minions/10.77.0.14')).resources.capacity).toEqual({
      cpu: 1000,
      memory: 3221225472,
    });
  });

  it('registers nobody while kube-register is down, schedules nothing while the scheduler is', async () => {
    lab = new Lab();
    master = lab.host('master');
    lab.advance(5_000);
    expect(await minions()).toEqual([]);
    master.loadUnit('kube-register.service', '', 'cloud-config');
    master.startUnit('kube-register.service');
    master.stopUnit('kube-scheduler.service');
    await run('kubecfg run nginx 1 web');
    lab.advance(10_000);
    expect((await pods()).map((pod) => pod.currentState.status)).toEqual(['Waiting']);
    master.startUnit('kube-scheduler.service');
    lab.advance(12_000);
    expect((await pods()).map((pod) => pod.currentState.status)).toEqual(['Running']);
  });

  it('shows a pod’s containers on its host, the pause container too, and takes them away with it', async () => {
    await run('kubecfg -p 8080:80 run dockerfile/nginx 1 web');
    lab.advance(15_000);
    const [pod] = await pods();
    const host = lab.hosts.find((one) => one.instance.privateIp === pod!.desiredState.host)!;
    expect(host.state.containers.map((one) => one.image)).toEqual([
      'kubernetes/pause:latest',
      'dockerfile/nginx',
    ]);
    expect(host.state.containers[0]!.ports).toEqual(['0.0.0.0:8080->80/tcp']);
    expect(host.state.containers[1]!.name).toMatch(/^k8s--web\.[0-9a-f]{8}--.*\.default\.etcd--/);
    expect(pod!.currentState.podIP).toMatch(/^172\.24\.[23]\.2$/);
    await run('kubecfg stop web');
    lab.advance(2_000);
    expect(host.state.containers).toEqual([]);
    expect(await pods()).toEqual([]);
  });

  it('drops a killed minion from the list, ends its pods, replaces them, and takes a new minion in', async () => {
    lab.dice = [0, 0.9, 0, 0.9];
    await run('kubecfg run nginx 4 web');
    lab.advance(15_000);
    expect((await pods()).every((pod) => pod.currentState.status === 'Running')).toBe(true);
    lab.kill('minion2');
    lab.advance(1_000);
    expect(await minions()).toEqual(['10.77.0.12']);
    const ended = (await pods()).filter((pod) => pod.currentState.status === 'Terminated');
    expect(ended.map((pod) => pod.desiredState.host)).toEqual(['10.77.0.13', '10.77.0.13']);
    lab.advance(40_000);
    const running = (await pods()).filter((pod) => pod.currentState.status === 'Running');
    expect(running.map((pod) => pod.desiredState.host)).toEqual(Array(4).fill('10.77.0.12'));
    lab.add('minion3', 'f'.repeat(32), '10.77.0.14', 'minion');
    lab.advance(2_000);
    expect(await minions()).toEqual(['10.77.0.12', '10.77.0.14']);
  });

  it('restarts what crashes and counts it, but not with restartPolicy never', async () => {
    const pod = (id: string, policy: string) =>
      file(
        `${id}.json`,
        `{"kind":"Pod","apiVersion":"v1beta1","id":"${id}","desiredState":{"manifest":{"version":"v1beta1","restartPolicy":{"${policy}":{}},"containers":[{"name":"x","image":"exit/one"}]}}}`,
      );
    pod('always', 'always');
    pod('never', 'never');
    await run('kubecfg -c always.json create pods; kubecfg -c never.json create pods');
    lab.advance(45_000);
    const found = Object.fromEntries((await pods()).map((one) => [one.id, one.currentState]));
    expect(found.always!.status).toBe('Terminated');
    expect(found.always!.info!.x!.restartCount).toBeGreaterThan(1);
    expect(found.never!.info!.x!.restartCount).toBe(0);
  });

  it('answers on the master alone, and hangs without quorum', async () => {
    expect((await run('kubecfg list pods', lab.host('minion1'))).stderr).toContain('connection refused');
    expect((await run('kubecfg -h http://10.77.0.11:8080 list pods')).stderr).toContain('connection refused');
    expect(apiV1beta1(lab.ports, lab.host('minion1'), read('/api/v1beta1/pods'))).toBeNull();
    expect(apiV1beta1(lab.ports, master, read('/healthz'))?.body).toBe('ok');
    lab.host('minion1').up = false;
    lab.host('minion2').up = false;
    expect((await run('timeout 20 kubecfg list pods')).code).toBe(124);
  });

  it('survives being saved and loaded in the middle', async () => {
    await run('kubecfg run nginx 2 web');
    lab.advance(3_000);
    lab.world.etcd = JSON.parse(JSON.stringify(lab.world.etcd));
    lab.advance(20_000);
    expect((await pods()).map((pod) => pod.currentState.status)).toEqual(['Running', 'Running']);
    expect((await out('fleetctl list-machines --no-legend')).split('\n')).toHaveLength(4);
  });
});
