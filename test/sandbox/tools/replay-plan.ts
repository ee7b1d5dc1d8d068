/**
 * Owns the plan of the replay: which recorded rows are left out and why, what happened in the lab before a row, which
 * rows had an ssh-agent, and what no two runs share.
 */
import type { FleetRegistry } from '../../../src/sandbox/contract.ts';
import { hashUnit } from '../../../src/sandbox/registry/unit-file.ts';
import { type Lab, recording } from './lab.ts';

export const LEFT_OUT: readonly { reason: string; rows: RegExp }[] = [
  {
    reason: "journalctl of systemd 252: its formats, over bytes that only that machine's journal holds",
    rows: /^journal-/,
  },
  {
    reason: 'systemctl of systemd 252 on Debian: neither its units nor its layout are those of 2014',
    rows: /^systemctl-/,
  },
  { reason: 'a real ssh client with its pty and login shell', rows: /^(pty-|ssh-)/ },
  {
    reason: 'the output of systemctl or journalctl of systemd 252, which fleetctl only passes on',
    rows: /^fleet-(status-(local|remote-agent-(yes|known|nostrict|ed25519only)|failed|missingbin|crashloop|activating|two|two-firstfails|langc-noterm)|journal-(local.*|follow-.*|remote-agent))$/,
  },
  {
    reason: "the real ssh-add and Debian's greeting on the far side of fleetctl ssh",
    rows: /^fleet-ssh-(A|noA|shell-nopty)$/,
  },
  {
    reason: 'an ssh-agent that holds no key: the seam only knows whether there is an agent',
    rows: /^fleet-.*-emptyagent$/,
  },
  {
    reason: "etcd's own HTTP API and etcdctl (of etcd 3.4), with indexes and times to live",
    rows: /^(fleet-etcd-.*|fleet-etcdctl-.*|scale\d+-etcd-raw)$/,
  },
  {
    reason: 'taken in the middle of a resize or after restarts that the INDEX does not hold',
    rows: /^(kube-pods-after-resize|fleet-final-list-units|kube-final-pods|kube-rawapi-pods)$/,
  },
  {
    reason:
      "kubecfg against 256 minions, where the lab's pods were no longer: its formats are replayed small",
    rows: /^scale256-kube-/,
  },
];

/** Why a row is not replayed; undefined when it is. */
export function reasonFor(name: string): string | undefined {
  return LEFT_OUT.find(({ rows }) => rows.test(name))?.reason;
}

/** Rows that were run with an ssh-agent. */
export const WITH_AGENT: readonly RegExp[] = [
  /^fleet-ssh-/,
  /-remote-agent-/,
  /^fleet-tunnel-(ok|unknownhost|refused|blackhole|hostkeychanged)/,
  /^fleet-hostdown-10s-journal/,
];

// ---------------------------------------------------------------- what happened between the rows

const A = 'aaaaaaaa000000000000000000000001';
const A2 = 'aaaaaaaa000000000000000000000002';
const B = 'bbbbbbbb000000000000000000000003';
const C = 'cccccccc000000000000000000000004';
const D = 'dddddddd000000000000000000000005';
const GONE = 'eeeeeeee000000000000000000000009';

/** Machines and states that no well-behaved cluster has. */
function oddRegistry(hash: string): FleetRegistry {
  const machine = (id: string, ip: string, metadata: Record<string, string>) => ({
    [id]: { id, ip, metadata, version: '0.8.3', heartbeat: 0 },
  });
  const state = (load: string, active: string, sub: string, own = hash) => ({
    load,
    active,
    sub,
    hash: own,
    at: 0,
  });
  return {
    machines: {
      ...machine('4f136225-8458-4f69-ba6f-7da79e774c8e', '10.0.0.10', { role: 'dashed' }),
      ...machine(A, '10.1.2.3', { az: 'us-west-1a', region: 'us-west-1', role: 'master' }),
      ...machine(A2, '', { role: 'minion' }),
      ...machine(B, '192.168.100.200', {}),
      ...machine(C, '', {}),
      ...machine(D, '10.0.0.1', {
        disk: 'ssd',
        empty: '',
        note: 'has spaces, comma',
        tab: 'a\tb',
        uni: 'é世界',
      }),
      ...machine('short', '10.0.0.9', { role: 'x' }),
    },
    units: {},
    states: {
      'a.service': {
        [A]: state('loaded', 'active', 'running'),
        [A2]: state('loaded', 'active', 'running'),
      },
      'emptystates.service': { [D]: state('', '', '') },
      'error.service': { [D]: state('error', 'failed', 'failed') },
      'gone.service': { [GONE]: state('loaded', 'active', 'running') },
      'nohash.service': { [B]: state('loaded', 'active', 'running', '') },
      'nomachine.service': { '': state('loaded', 'active', 'running') },
      'notfound.service': { [C]: state('not-found', 'inactive', 'dead') },
      'reload.service': { [B]: state('loaded', 'reloading', 'reload') },
    },
  };
}

/** The 256 machines, from the lists themselves: what is checked is the layout of other columns and widths. */
function bigRegistry(): FleetRegistry {
  const cells = (name: string) =>
    recording(name)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(/\t+/));
  const registry: FleetRegistry = { machines: {}, units: {}, states: {} };
  for (const [id = '', ip = '', metadata = ''] of cells('scale256-list-machines-full-nolegend.stdout')) {
    registry.machines[id] = {
      id,
      ip,
      metadata: Object.fromEntries(metadata.split(',').map((pair) => pair.split('='))),
      version: '0.8.3',
      heartbeat: 0,
    };
  }
  for (const row of cells('scale256-list-unit-files-full-nolegend.stdout')) {
    const [name = '', hash = '', desired = '', current = '', target = '', , description = ''] = row;
    const id = target.split('/')[0] ?? '';
    registry.units[name] = {
      name,
      content:
        name === 'svc-03@0005.service'
          ? recording('scale256-cat.stdout')
          : `[Unit]\nDescription=${description}\n`,
      hash,
      desired: desired as 'launched',
      target: target === '-' ? null : id,
      createdAt: 0,
      ...(current === 'inactive' ? {} : { acks: { [id]: current as 'launched' } }),
    };
  }
  for (const [name = '', load = '', active = '', sub = '', where = '', hash = ''] of cells(
    'scale256-list-units-full-nolegend.stdout',
  )) {
    registry.states[name] ??= {};
    registry.states[name]![where.split('/')[0] ?? ''] = { load, active, sub, hash, at: 0 };
  }
  return registry;
}

const wait = (ms: number) => (lab: Lab) => lab.advance(ms);

function stopEtcd(lab: Lab): void {
  const master = lab.host('master');
  // Requires=etcd.service takes these with it
  for (const unit of ['etcd', 'kube-apiserver', 'kube-kubelet']) master.stopUnit(`${unit}.service`);
}

export const PREPARE: Readonly<Record<string, (lab: Lab) => void | Promise<void>>> = {
  'kube-create-pod-redis-master': (lab) => {
    // which of two equal minions the scheduler took, pod by pod
    lab.dice = [0, 0.9, 0.9, 0, 0, 0.9, 0, 0.9, 0, 0];
  },
  'kube-pods-table': wait(20_000),
  'kube-stop': wait(12_000),
  'fleet-list-units': wait(8_000),
  'fleet-list-units-stopping': (lab) => lab.afterAgents(),
  'fleet-before-hostdown-list-units': wait(100_000),
  'fleet-httpapi-machines': wait(8_000),
  'fleet-odd-list-machines': (lab) => {
    const hash = hashUnit(recording('fleet-cat.stdout'));
    lab.cluster.otherFleets = {
      '/lab1/': oddRegistry(hash),
      '/lab2/': {
        machines: {
          ffffffff000000000000000000000001: {
            id: 'ffffffff000000000000000000000001',
            ip: '10.1.2.3',
            metadata: { role: 'new' },
            version: '0.9.0',
            heartbeat: 0,
          },
        },
        units: {},
        states: {},
      },
      '/scale256/': bigRegistry(),
    };
  },
  'fleet-hostdown-10s-list-machines': (lab) => {
    lab.kill('minion2');
    lab.advance(10_000);
  },
  'fleet-etcddown-list-machines': (lab) => {
    lab.revive('minion2');
    lab.advance(6_000);
    stopEtcd(lab);
  },
  'fleet-etcdhung-list-machines': (lab) => {
    const master = lab.host('master');
    for (const unit of ['etcd', 'kube-apiserver', 'kube-kubelet']) master.startUnit(`${unit}.service`);
    lab.world.faults.push({
      name: 'etcd-hung',
      target: master.instance.id,
      at: lab.now,
      until: null,
      times: null,
    });
  },
  'fleet-fromminion-agentstopped': (lab) => {
    lab.world.faults = [];
    lab.advance(6_000);
    lab.host('minion2').stopUnit('fleet.service');
    lab.advance(500);
  },
  'fleet-final-list-machines': (lab) => {
    lab.host('minion2').startUnit('fleet.service');
    lab.advance(6_000);
  },
};

// ---------------------------------------------------------------- what no two runs share

const sortLines = (text: string) => text.split('\n').sort().join('\n');

/** Puts the items of a JSON list into one order; other text stays as it is. */
function sortItems(text: string): string {
  return text.replace(/^(\{"kind":"\w+List".*"items":\[)(.*)(\]\}\n?)$/s, (_, head, body, tail) => {
    const items = (JSON.parse(`[${body}]`) as unknown[]).map((item) => JSON.stringify(item)).sort();
    return `${head}${items.join(',')}${tail}`;
  });
}

/** The same for a YAML list, whose items begin in the first column. */
function sortYamlItems(text: string): string {
  const at = text.indexOf('\n- ');
  if (at < 0) return text;
  const head = text.slice(0, at + 1);
  const items = text
    .slice(at + 1)
    .trimEnd()
    .split(/\n(?=- )/);
  return `${head}${items.sort().join('\n')}\n\n`;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function kube(name: string, text: string): string {
  let result = text
    .replace(/^([FI])\d{4} [\d:.]+ \d{5} /gm, '$1<when> <pid> ')
    .replace(/\/operations\/\d+/g, '/operations/N')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) =>
      time.startsWith('0001') ? time : '<time>',
    )
    .replace(
      /"creationTimestamp":(null|"<time>"),("selfLink":"[^"]*",)?"resourceVersion":\d+/g,
      '"creationTimestamp":$1,$2"resourceVersion":0',
    )
    .replace(/resourceVersion: "\d+"/g, 'resourceVersion: "N"')
    .replace(/"resourceVersion":\d+/g, '"resourceVersion":0')
    .replace(/172\.24\.\d\.\d+/g, (address) => `${address.split('.').slice(0, 3).join('.')}.N`)
    .replace(/("?restartCount"?: ?)\d+/g, (_, key) => `${key}0`)
    .replace(UUID, '00000000-0000-1000-0000-000000000000');
  if (/-json$/.test(name) || name.startsWith('kube-rawapi')) result = sortItems(result);
  else if (/-yaml$/.test(name)) result = sortYamlItems(result);
  else if (/-table$|-template1$|-rc-after-run$|-flag-after$/.test(name)) result = sortLines(result);
  // the controller manager of the lab had not seen the new controller yet
  if (name === 'kube-resize') result = result.replace(/^( {2}replicas:) [02]$/m, '$1 N');
  if (name === 'kube-pods-template-jsonnames') result = goDump(result);
  if (name === 'kube-err-nohost') result = result.replace(/10\.77\.0\.11:\d+->/, '10.77.0.11:PORT->');
  return result;
}

/** A Go dump of a list and the body it came from: addresses differ, and so does the order of pods. */
function goDump(text: string): string {
  const sortedParts = (body: string, separator: RegExp) => body.split(separator).sort().join('\n');
  const [dump = '', body = ''] = text
    .replace(/0x[0-9a-f]+/g, '0xADDRESS')
    .replace(/0001-01-01T00:00:00Z/g, '<time>')
    .replace(/time\.Date\(2026[^)]*\)/g, 'time.Date(<time>)')
    .replace(/ResourceVersion:"\d+"/g, 'ResourceVersion:"N"')
    .replace(/RestartCount:\d+/g, 'RestartCount:N')
    .split('\n\nBody received: ');
  return `${sortedParts(dump.replace(/\}\}$/, ', '), /(?=api\.Pod\{)/)}\n\n${sortItems(body)}`;
}

function fleet(name: string, text: string): string {
  const result = text
    .replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /gm, '<when> ')
    .replace(/(\r\nDate: )[^\r]*/, '$1<when>');
  // the waits for several units end in any order, and who comes first may not have its machine yet
  if (/^fleet-start-(template-instances|long|oneshots|onmaster|glob)$/.test(name)) {
    return sortLines(
      result.replace(
        'oneshot-dead.service launched on 33b953b3.../10.77.0.11',
        'oneshot-dead.service launched',
      ),
    );
  }
  return result.replace(/([0-9a-f]{2}:){15}[0-9a-f]{2}/g, '<fingerprint>');
}

/** Takes out of a recorded or replayed text what no two runs share. */
export function masked(name: string, text: string): string {
  const undated = text.replace(/(\r\nDate: )[^\r]*/, '$1<when>');
  return name.startsWith('kube-') ? kube(name, undated) : fleet(name, undated);
}
