/** Acts: exactly the commands that are shown are run, nothing before a yes, and read-only takes them away. */
import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../../../src/cluster/store-contract.ts';
import { type Act, type ActScene, type Said, shownOn, wordsOf } from '../../../../src/ui/console/acts/act.ts';
import { ACTS, actNamed, actsFor, refusal } from '../../../../src/ui/console/acts/catalogue.ts';
import type { Hands } from '../../../../src/ui/hands.ts';
import { fakeClock } from '../../../helpers/fake-clock.ts';
import { type FakeShell, fakeShell } from '../../../helpers/fake-shell.ts';
import { feedHealthy, pod, testClock, testSession, unit } from '../fakes.ts';
import { type FakeHands, fakeHands } from './fake-hands.ts';

const fleetUnit = (name: string, ip = '10.0.0.11') => unit(name, ip, { source: 'fleet' });

function scene(change: Partial<ActScene> = {}, hands: Partial<Hands> = {}) {
  const shell = fakeShell(({ command }) =>
    command.startsWith('mktemp')
      ? '/tmp/kubecore.abc\n'
      : command.startsWith('fleetctl cat')
        ? '[Service]\n'
        : '',
  );
  const session = testSession(testClock());
  feedHealthy(session);
  const given: FakeHands = fakeHands(shell, hands);
  const whole: ActScene = {
    kind: 'units',
    rows: [fleetUnit('a.service'), fleetUnit('b.service')],
    view: session.store.get() as ClusterView,
    cluster: session.cluster,
    shell,
    hands: given,
    clock: fakeClock(),
    ...change,
  };
  return { scene: whole, shell, hands: given };
}

const act = (id: string): Act => {
  const found = actNamed(id);
  if (!found) throw new Error(`no act ${id}`);
  return found;
};

async function carryOut(id: string, on: ActScene, values: Record<string, string> = {}) {
  const signal = new AbortController().signal;
  const plan = await act(id).prepare(on, values, signal);
  const told: Said[] = [];
  const end = await plan.run((said) => told.push(said), signal);
  return { plan, end, told: told.map(({ text }) => text) };
}

const commands = (shell: FakeShell): string[] => shell.calls.map(({ on, command }) => `${on} $ ${command}`);

describe('a blueprint', () => {
  const on = (blueprint: 'single' | 'fleet' | 'kubernetes', kind: 'machines' | 'units') => {
    const { scene: whole } = scene({ kind }, { scale: async function* () {} });
    return { ...whole, cluster: { ...whole.cluster, blueprint } };
  };

  it('offers the acts on what it has', () => {
    const ids = (offered: ReturnType<typeof actsFor>) => offered.map(({ act: { id } }) => id);
    expect(ids(actsFor(on('single', 'units'))).some((id) => id.startsWith('unit'))).toBe(false);
    expect(ids(actsFor(on('fleet', 'units')))).toContain('unit stop');
    expect(refusal(act('unit stop'), on('single', 'units'))).toMatch(/has no fleet$/);
    expect(refusal(act('pods create'), on('fleet', 'machines'))).toMatch(/has no Kubernetes$/);
  });

  it('scales where a stack can', () => {
    expect(act('scale').unfit(on('kubernetes', 'machines'))).toBeNull();
    expect(act('scale').unfit(on('fleet', 'machines'))).toContain('kubecore scale N');
    expect(act('scale').unfit(on('single', 'machines'))).toContain('stays one');
  });
});

describe('fleet units', () => {
  it.each([
    ['stop', '--block-attempts=60 '],
    ['unload', '--block-attempts=60 '],
    ['load', '--block-attempts=60 '],
    ['destroy', ''],
  ])('%s runs what it shows, unit by unit', async (verb, flags) => {
    const { scene: on, shell } = scene();
    const { plan, end } = await carryOut(`unit ${verb}`, on);
    expect(plan.question).not.toBeNull();
    expect(plan.commands).toEqual([
      `master $ fleetctl ${verb} ${flags}a.service`,
      `master $ fleetctl ${verb} ${flags}b.service`,
    ]);
    expect(commands(shell)).toEqual(plan.commands);
    expect(plan.equivalent).toMatch(`kubecore unit ${verb} a.service b.service`);
    expect(end.ok).toBe(true);
  });

  it('does not offer what fleet does not manage', () => {
    const { scene: on } = scene({ rows: [unit('etcd.service', '10.0.0.11')] });
    expect(act('unit stop').unfit(on)).toContain("node's own unit");
  });

  it('tells a refusal and goes on with the others', async () => {
    const { scene: on, shell } = scene();
    shell.answer = ({ command }) =>
      command.includes('a.service') ? { stderr: 'Error stopping unit: nope\n', code: 1 } : '';
    const { end, told } = await carryOut('unit stop', on);
    expect(end.ok).toBe(false);
    expect(told.join('\n')).toContain('a.service was not stopped: Error stopping unit: nope');
    expect(told.join('\n')).toContain('b.service is stopped');
  });

  it('sends a local file, runs it from there and removes it', async () => {
    const { scene: on, shell, hands } = scene({ rows: [] });
    hands.files['units/web.service'] = '[Service]\nExecStart=/bin/true\n';
    const { end } = await carryOut('unit submit file', on, { file: 'units/web.service' });
    expect(end.ok).toBe(true);
    expect(hands.uploads).toEqual([
      { path: '/tmp/kubecore.abc/web.service', text: '[Service]\nExecStart=/bin/true\n' },
    ]);
    expect(commands(shell)).toEqual([
      'master $ mktemp -d /tmp/kubecore.XXXXXXXXXX',
      'master $ fleetctl submit /tmp/kubecore.abc/web.service',
      'master $ rm -rf /tmp/kubecore.abc',
    ]);
  });

  it('refuses a file that cannot be read before anything is sent', async () => {
    const { scene: on, shell } = scene();
    const plan = act('unit start file').prepare(on, { file: 'gone' }, new AbortController().signal);
    await expect(plan).rejects.toThrow('gone cannot be read');
    expect(shell.calls).toEqual([]);
  });

  it('edits: shows what changed, then destroys and starts anew', async () => {
    const { scene: on, shell, hands } = scene({ rows: [fleetUnit('a.service')] });
    hands.edited = '[Service]\nExecStart=/bin/sleep\n';
    const signal = new AbortController().signal;
    const plan = await act('unit edit').prepare(on, {}, signal);
    expect(plan.lines).toEqual([{ text: '+ ExecStart=/bin/sleep', tone: 'ok' }]);
    // Fleet runs it as soon as it is asked.
    shell.answer = ({ command }) =>
      command.startsWith('mktemp')
        ? '/tmp/kubecore.abc\n'
        : command.includes('list-units')
          ? 'a.service\tloaded\tactive\trunning\tb0b0/10.0.0.11\tabc\n'
          : '';
    const clock = on.clock as ReturnType<typeof fakeClock>;
    const running = plan.run(() => undefined, signal);
    await clock.advance(5_000);
    expect((await running).ok).toBe(true);
    expect(commands(shell).filter((line) => line.includes('fleetctl') && !line.includes('list'))).toEqual([
      'master $ fleetctl cat a.service',
      'master $ fleetctl destroy a.service',
      'master $ fleetctl start --no-block /tmp/kubecore.abc/a.service',
    ]);
  });

  it.each([
    ['its old file is started again', 1],
    ['its old file is shown when that is refused too', 2],
  ])('an edit that fleet refuses: %s', async (_what, refusals) => {
    const { scene: on, shell, hands } = scene({ rows: [fleetUnit('a.service')] });
    hands.edited = '[Service]\nExecStart=/bin/sleep\n';
    const signal = new AbortController().signal;
    const plan = await act('unit edit').prepare(on, {}, signal);
    let starts = 0;
    shell.answer = ({ command }) => {
      if (command.startsWith('mktemp')) return '/tmp/kubecore.abc\n';
      if (!command.startsWith('fleetctl start')) return '';
      starts++;
      return starts <= refusals ? { code: 1, stderr: 'Error creating units: no such thing\n' } : '';
    };
    const told: string[] = [];
    expect((await plan.run(({ text }) => told.push(text), signal)).ok).toBe(false);
    expect(starts).toBe(2);
    expect(told.includes('[Service]')).toBe(refusals === 2);
    expect(told.join('\n')).toMatch(
      refusals === 1 ? /its old file was started again/ : /shown above, could not be started either/,
    );
  });

  it('leaves a unit alone when nothing was changed', async () => {
    const { scene: on, hands } = scene({ rows: [fleetUnit('a.service')] });
    hands.edited = '[Service]\n';
    const plan = act('unit edit').prepare(on, {}, new AbortController().signal);
    await expect(plan).rejects.toThrow('nothing was changed');
  });
});

describe('Kubernetes objects', () => {
  const controllers = [{ name: 'web', images: ['web:1'], selector: { name: 'web' }, replicas: 2 }];

  it('resizes', async () => {
    const { scene: on, shell } = scene({ kind: 'controllers', rows: controllers });
    expect(act('controllers resize').fields?.(on)).toMatchObject([{ initial: '2' }]);
    const { plan, end } = await carryOut('controllers resize', on, { replicas: '5' });
    expect(plan.title).toBe('Resize web from 2 to 5');
    expect(commands(shell)).toEqual(['master $ kubecfg resize web 5']);
    expect(plan.equivalent).toBe('kubecore controllers resize web 5 --sandbox');
    expect(end.ok).toBe(true);
  });

  it('stops and deletes', async () => {
    const { scene: on, shell } = scene({ kind: 'controllers', rows: controllers });
    await carryOut('controllers stop', on);
    const { plan } = await carryOut('controllers delete', on);
    expect(plan.warning).toContain('go on running');
    expect(commands(shell)).toEqual([
      'master $ kubecfg stop web',
      'master $ kubecfg delete replicationControllers/web',
    ]);
  });

  it('deletes all marked pods', async () => {
    const { scene: on, shell } = scene({ kind: 'pods', rows: [pod('a', null), pod('b', null)] });
    await carryOut('pods delete', on);
    expect(commands(shell)).toEqual(['master $ kubecfg delete pods/a', 'master $ kubecfg delete pods/b']);
  });

  it.each([
    ['services', 'Service', { name: 'redis', labels: {}, selector: {}, port: 6379 }, 'services/redis'],
    ['minions', 'Minion', { name: '10.0.0.12', cpu: 1000, memory: 1, registered: true }, 'minions/10.0.0.12'],
  ] as const)('creates and deletes %s', async (kind, word, row, argument) => {
    const { scene: on, shell, hands } = scene({ kind, rows: [row] });
    hands.files['one.yaml'] = `kind: ${word}\nid: x\napiVersion: v1beta1\n`;
    await carryOut(`${kind} create`, on, { file: 'one.yaml' });
    await carryOut(`${kind} delete`, on);
    expect(commands(shell)).toEqual([
      `master $ kubecfg -json -c - create ${kind}`,
      `master $ kubecfg delete ${argument}`,
    ]);
  });

  it('creates from a file, and refuses another kind of object', async () => {
    const { scene: on, shell, hands } = scene({ kind: 'pods', rows: [] });
    hands.files['pod.yaml'] = 'kind: Pod\nid: x\napiVersion: v1beta1\n';
    hands.files['svc.yaml'] = 'kind: Service\nid: x\n';
    await carryOut('pods create', on, { file: 'pod.yaml' });
    expect(commands(shell)).toEqual(['master $ kubecfg -json -c - create pods']);
    await expect(carryOut('pods create', on, { file: 'svc.yaml' })).rejects.toThrow('holds a Service');
  });
});

describe('nodes', () => {
  it('opens a shell on the node of the row, without a question', async () => {
    const { scene: on, hands } = scene({ kind: 'pods', rows: [pod('a', '10.0.0.12')] });
    const { plan } = await carryOut('shell', on);
    expect(plan.question).toBeNull();
    expect(hands.terminals).toEqual(['10.0.0.12']);
    const master = scene({ kind: 'units', rows: [unit('etcd.service', '10.0.0.10')] });
    await carryOut('shell', master.scene);
    expect(master.hands.terminals).toEqual(['master']);
  });

  it("runs the article's hello where it is asked", async () => {
    const { scene: on, shell } = scene({
      kind: 'minions',
      rows: [{ name: '10.0.0.11', cpu: 1, memory: 1, registered: true }],
    });
    shell.answer = () => 'hullo, world!\n';
    const fields = act('run').fields?.(on) ?? [];
    const { plan, told } = await carryOut('run', on, { command: fields[0]?.initial ?? '' });
    expect(plan.commands).toEqual(["10.0.0.11 $ docker run --rm busybox /bin/echo 'hullo, world!'"]);
    expect(commands(shell)).toEqual(['10.0.0.11 $ docker run --rm busybox /bin/echo hullo, world!']);
    expect(told).toContain('hullo, world!');
  });

  it('cannot scale what nobody knows the stack of', () => {
    expect(act('scale').unfit(scene({ kind: 'machines' }).scene)).toContain('--host');
  });
});

describe('the catalogue', () => {
  it('has no two acts of one name', () => {
    expect(new Set(ACTS.map(({ id }) => id)).size).toBe(ACTS.length);
  });

  it('offers nothing that changes when nothing may be changed', () => {
    for (const kind of ['machines', 'units', 'pods', 'controllers', 'services', 'minions'] as const)
      expect(actsFor(scene({ kind }, { readOnly: true }).scene)).toEqual([]);
  });
});

describe('words', () => {
  it('are taken apart and written as a shell has them', () => {
    expect(wordsOf(`a 'b c' "d \\"e" f\\ g`)).toEqual(['a', 'b c', 'd "e', 'f g']);
    expect(shownOn('master', ['echo', "it's"])).toBe("master $ echo 'it'\\''s'");
  });
});
