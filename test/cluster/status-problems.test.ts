/**
 * Holds `status` to what it says of each trouble: what is wrong, why, and what to do, from what the real tools printed in it
 * (test/fixtures/cluster).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { statusText } from '../../src/cli/status-text.ts';
import { inPlace } from '../../src/cluster/in-place.ts';
import { type Cluster, KINDS } from '../../src/cluster/model.ts';
import { snapshot, statusDocument } from '../../src/cluster/status.ts';
import { fakeClock, noChance } from '../helpers/fake-clock.ts';
import { cluster, clusterAnswers, MASTER_ID, podList, type Replaced } from '../helpers/fake-cluster.ts';
import { fakeShell } from '../helpers/fake-shell.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`../fixtures/cluster/${name}`, import.meta.url), 'utf8');

async function look(replaced: Replaced, of: Cluster = cluster) {
  const view = await snapshot({
    shell: fakeShell(clusterAnswers(() => replaced)),
    cloud: null,
    cluster: of,
    clock: fakeClock(),
    random: noChance,
  });
  const { health, problems } = statusDocument(view, of, 0);
  return { health, problems, text: statusText(view, of, KINDS) };
}

/** The recorded cluster: a master, two minions, at other addresses than the fake one's. */
const ADDRESSES = { '10.77.0.11': '10.0.0.1', '10.77.0.12': '10.0.0.2', '10.77.0.13': '10.0.0.3' };
const moved = (text: string): string =>
  Object.entries(ADDRESSES).reduce((all, [from, to]) => all.replaceAll(from, to), text);

describe('what status says', () => {
  test('a failed unit, and one that does not stay up: of fleet, and of a node itself', async () => {
    const { health, problems } = await look({
      'fleetctl list-units': moved(recorded('fleet-list-units-fields-all-nolegend.stdout')),
      'master: systemctl': recorded('systemctl-list-units.stdout'),
    });
    expect(health).toBe('degraded');
    expect(problems).toContainEqual({
      what: 'failing.service has failed on 10.0.0.2',
      why: 'systemd says failed (failed)',
      next: 'kubecore logs failing.service --machine 33607af7821e4690a1c6629694e50342',
    });
    expect(problems).toContainEqual({
      what: 'missingbin.service has failed on 10.0.0.1',
      why: 'systemd says failed (failed)',
      next: `kubecore logs missingbin.service --machine ${MASTER_ID}`,
    });
    expect(problems.map(({ what }) => what)).toContain('crashloop.service does not stay up on 10.0.0.3');
  });

  test('a machine lost', async () => {
    const { health, problems, text } = await look({}, { ...cluster, size: 3 });
    expect(health).toBe('degraded');
    expect(problems[0]).toEqual({
      what: '1 machine of 4 is missing from fleet',
      why: expect.stringContaining('fleet lists 3 machines'),
      next: expect.stringContaining('kubecore events'),
    });
    expect(text).toMatch(/^kubernetes \(eu-west-1\) is degraded; .*\n {2}1 machine of 4 .*\n {4}next: /);
  });

  test('fewer minions registered than machines', async () => {
    const { health, problems } = await look({
      'list minions': moved(recorded('kube-minions-json.stdout')).replaceAll('10.0.0.3', '10.0.0.9'),
    });
    expect(health).toBe('degraded');
    expect(problems).toContainEqual({
      what: '1 minion is not registered',
      why: 'fleet lists 10.0.0.3 with role minion, kubecfg does not',
      next: expect.stringContaining('kubecore logs kube-register.service'),
    });
  });

  test('etcd without a quorum, while fleet goes on with old data; and etcd that does not answer', async () => {
    const leases = recorded('fleet-etcd-machines.stdout');
    expect((await look({ curl: leases })).problems).toEqual([]);
    const old = await look({ curl: leases.replace(/"ttl":\d+/g, '"ttl":-42') });
    expect(old.health).toBe('down');
    expect(old.problems).toEqual([
      {
        what: 'etcd has no quorum: what fleet and the API say is old',
        why: expect.stringContaining('ran out 42 s ago'),
        next: expect.stringContaining('kubecore logs etcd.service'),
      },
    ]);
    const refused = await look({
      fleetctl: { stderr: recorded('fleet-err-etcd-refused-list-machines.stderr'), code: 1 },
    });
    expect(refused.health).toBe('down');
    expect(refused.problems[0]?.what).toBe('etcd has no quorum or does not run on the master');
    expect(refused.problems[0]?.next).not.toBe('');
  });

  test('the API down', async () => {
    const { health, problems } = await look({
      kubecfg: { stderr: recorded('kube-err-apiserver-down-json.stderr'), code: 255 },
    });
    expect(health).toBe('down');
    expect(problems).toEqual([
      {
        what: 'the Kubernetes API does not answer',
        why: expect.stringContaining('connection refused'),
        next: expect.stringMatching(/kubecore/),
      },
    ]);
  });

  test('pods that do not run; one that was to run once and ended well is none of them', async () => {
    const { health, problems } = await look({ 'list pods': moved(recorded('kube-pods-json.stdout')) });
    expect(health).toBe('degraded');
    expect(problems.map(({ what }) => what)).toEqual([
      'pod crashing is terminated',
      'pod half-up is waiting',
      'pod hostport-3 is waiting',
      'pod missing-image is waiting',
      'pod once is terminated',
    ]);
    const of = (name: string) => problems.find(({ what }) => what.startsWith(`pod ${name} `));
    expect(of('missing-image')).toEqual({
      what: 'pod missing-image is waiting',
      why: expect.stringContaining('missing/doesnotexist is not ready'),
      next: 'kubecore logs kube-kubelet.service --machine 10.0.0.2',
    });
    expect(of('hostport-3')).toEqual({
      what: 'pod hostport-3 is waiting',
      why: 'no minion was found for it',
      next: expect.stringContaining('kube-scheduler'),
    });
    expect(of('crashing')?.why).toMatch(/^x on 10\.0\.0\.3: /);
    const well = JSON.parse(recorded('kube-pods-json.stdout'));
    well.items = well.items.filter(({ id }: { id: string }) => id === 'once');
    well.items[0].currentState.info.x.state.termination.exitCode = 0;
    expect((await look({ 'list pods': JSON.stringify(well) })).health).toBe('healthy');
  });

  test('suggested commands name the place that was looked at', () => {
    const flags = ['--sandbox', '--cluster', 'web'];
    expect(inPlace('kubecore logs a.service --machine 33b9', flags)).toBe(
      'kubecore logs a.service --machine 33b9 --sandbox --cluster web',
    );
    expect(inPlace('look at it with kubecore events, or at the units', flags)).toBe(
      'look at it with kubecore events --sandbox --cluster web, or at the units',
    );
    expect(inPlace('look at it: kubecore ssh -- systemctl list-units', flags)).toBe(
      'look at it: kubecore ssh --sandbox --cluster web -- systemctl list-units',
    );
    for (const other of ['it is tried again by itself', 'kubecore logs a.service'])
      expect(inPlace(other, [])).toBe(other);
  });

  test('nothing: healthy, and no list of problems', async () => {
    const { health, problems, text } = await look({
      'list pods': podList({ id: 'a', status: 'Running', host: '10.0.0.2' }),
    });
    expect({ health, problems }).toEqual({ health: 'healthy', problems: [] });
    expect(text).not.toContain('next:');
  });
});
