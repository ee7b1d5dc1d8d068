/** Holds fleet and Kubernetes together with the simulated hosts: the article's cluster, from boot to a minion's death. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/sandbox/contract.ts';
import { Shell } from '../../../src/sandbox/hosts/shell/run.ts';
import { machineOf } from '../../../src/sandbox/hosts/shell/session.ts';
import { Collector, EMPTY_SOURCE } from '../../../src/sandbox/hosts/shell/streams.ts';
import { hostTools } from '../../../src/sandbox/hosts/tools/index.ts';
import { registryStep } from '../../../src/sandbox/registry/index.ts';
import { registryTools } from '../../../src/sandbox/tools/index.ts';
import { instance, makeWorld, type TestWorld, userData } from '../hosts/world.ts';

let lab: TestWorld;
let changes = 0;
let master: Host;

async function run(command: string, agent = true): Promise<{ stdout: string; stderr: string; code: number }> {
  const stdout = new Collector();
  const stderr = new Collector();
  const shell = new Shell({
    hosts: lab.hosts,
    machine: machineOf(master),
    tools: hostTools(registryTools),
    env: { PATH: '/usr/bin:/opt/bin', HOME: '/home/core', USER: 'core' },
    user: 'core',
    signal: new AbortController().signal,
    tty: () => null,
    agent,
  });
  let done = false;
  const running = shell.run(command, { stdin: EMPTY_SOURCE, stdout, stderr }).finally(() => {
    done = true;
  });
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!done) lab.pass(100);
  }
  return { stdout: stdout.text(), stderr: stderr.text(), code: (await running).status };
}

beforeEach(() => {
  lab = makeWorld(
    [instance(1, userData('Master')), instance(2, userData('Minion')), instance(3, userData('Minion'))],
    { registryStep, tools: registryTools, changed: () => changes++ },
  );
  master = lab.hosts.byIp('172.31.5.1')!;
  lab.pass(45_000);
});

describe('the article’s cluster', () => {
  it('is saved when a Kubernetes object is created or deleted', async () => {
    const manifest =
      '{"id":"web","kind":"Service","apiVersion":"v1beta1","port":80,"selector":{"name":"web"}}';
    for (const command of [
      `echo '${manifest}' | /opt/bin/kubecfg -c - create services`,
      '/opt/bin/kubecfg delete services/web',
    ]) {
      const before = changes;
      expect(await run(command)).toMatchObject({ code: 0 });
      lab.pass(100);
      expect(changes).toBeGreaterThan(before);
    }
  });

  it('comes up: three machines, two minions', async () => {
    const machines = await run('fleetctl list-machines --no-legend');
    expect(machines.stdout).toMatch(/172\.31\.5\.1\trole=master\n/);
    expect(machines.stdout.match(/role=minion/g)).toHaveLength(2);
    const minions = await run('kubecfg list minions');
    expect(minions.stdout).toBe('Minion identifier\n----------\n172.31.5.2\n172.31.5.3\n\n');
    const registered = await run('curl -s http://127.0.0.1:8080/api/v1beta1/minions');
    expect(JSON.parse(registered.stdout).items).toHaveLength(2);
  });

  it('runs the article’s myapp.service, and its status and journal come from where it runs', async () => {
    await run(
      `printf '[Unit]\\nDescription=MyApp\\n[Service]\\nExecStart=/bin/sh -c "while true; do echo Hello World; sleep 1; done"\\n' > myapp.service`,
    );
    const started = await run('fleetctl start myapp.service');
    expect(started.stderr).toBe('');
    expect(started.stdout).toMatch(/^Unit myapp\.service launched on [0-9a-f]{8}\.\.\.\/172\.31\.5\.\d\n$/);
    lab.pass(5_000);
    expect((await run('fleetctl list-units --no-legend')).stdout).toMatch(/active\t+running\n$/);
    const flags = '--strict-host-key-checking=false';
    const status = await run(`fleetctl ${flags} status myapp.service`);
    expect(status.stdout).toContain('myapp.service - MyApp');
    expect(
      (await run(`fleetctl ${flags} journal --lines 2 myapp`)).stdout.match(/Hello World\n/g),
    ).toHaveLength(2);
    await run('fleetctl destroy myapp.service');
    lab.pass(8_000);
    expect((await run('fleetctl list-units --no-legend')).stdout).toBe('');
  });

  it('runs pods that docker ps shows, and outlives a minion', async () => {
    await run('kubecfg -p 8080:80 run dockerfile/nginx 2 web');
    lab.pass(5_000);
    const pods = await run('kubecfg list pods');
    expect(pods.stdout.match(/ Running\n/g)).toHaveLength(2);
    const ps = await run(
      'fleetctl --strict-host-key-checking=false ssh $(fleetctl list-machines --full --no-legend | grep 5.3 | cut -f1) docker ps',
    );
    expect(ps.stderr).toBe('');
    expect(ps.stdout).toMatch(/k8s--web\./);
    expect(ps.stdout).toMatch(/kubernetes\/pause:latest/);

    const killed = lab.world.regions['us-east-1']!.instances['i-00000003']!;
    killed.state = 'terminated';
    killed.since = lab.clock.now();
    lab.pass(35_000);
    expect((await run('fleetctl list-machines --no-legend')).stdout).not.toContain('172.31.5.3');
    expect((await run('kubecfg list minions')).stdout).not.toContain('172.31.5.3');

    const fresh = instance(4, userData('Minion'));
    lab.world.regions['us-east-1']!.instances[fresh.id] = fresh;
    lab.pass(45_000);
    expect((await run('fleetctl list-machines --no-legend')).stdout).toContain('172.31.5.4');
    expect((await run('kubecfg list minions')).stdout).toContain('172.31.5.4');
    lab.pass(5_000);
    expect((await run('kubecfg list pods')).stdout.match(/ Running\n/g)).toHaveLength(2);
  });
});
