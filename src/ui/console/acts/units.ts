/** Owns the acts on fleet's units: its verbs on what is selected or on a file of this computer, and a unit edited in place. */
import { asKubecoreError, inputError, KubecoreError } from '../../../cluster/errors.ts';
import { fleetVerb, fleetVerbArgv, PAST, uploadFiles } from '../../../cluster/fleet-acts.ts';
import { MASTER } from '../../../cluster/ports.ts';
import { catArgv, type FleetVerb, failure, unitName } from '../../../cluster/tools/fleetctl.ts';
import { decode } from '../../../cluster/tools/output.ts';
import { describeRows, waitForUnits } from '../../../cluster/unit-wait.ts';
import { sanitise } from '../../sanitise.ts';
import {
  type Act,
  type ActScene,
  counted,
  equivalent,
  noFile,
  nothingChosen,
  ok,
  type Report,
  rowsOf,
  type Said,
  shownOn,
} from './act.ts';

const unitNames = (scene: ActScene): readonly string[] => [
  ...new Set(rowsOf(scene, 'units').map(({ name }) => name)),
];

/** Fleet knows only what it was given; a node's own units are systemd's. */
function unfitUnits(scene: ActScene): string | null {
  const rows = rowsOf(scene, 'units');
  if (rows.length === 0) return nothingChosen('unit');
  const own = rows.find(({ source }) => source !== 'fleet');
  return own ? `${own.name} is its node's own unit: fleet does not manage it` : null;
}

/** start would wait for ever for a unit that no machine may run; submit and destroy do not wait at all. */
const waits = (verb: FleetVerb): boolean => verb === 'stop' || verb === 'unload' || verb === 'load';

const DONE: Readonly<Record<FleetVerb, string>> = { ...PAST, start: 'told to start' };

const WARNINGS: Partial<Readonly<Record<FleetVerb, string>>> = {
  destroy: 'Fleet forgets them: to start them again their files are needed.',
  unload: 'They leave their machines; fleet keeps their files.',
};

/** Each unit in turn; what went wrong with one does not keep the others. */
async function eachUnit(
  names: readonly string[],
  report: Report,
  work: (name: string) => Promise<readonly string[]>,
  done: string,
): Promise<{ ok: boolean }> {
  let isFine = true;
  for (const name of names) {
    report({ text: `${name} …`, tone: 'dim' }, name);
    try {
      const warnings = await work(name);
      report(ok(`${name} is ${done}`), name);
      for (const text of warnings) report({ text, tone: 'warn' });
    } catch (thrown) {
      const error = asKubecoreError(thrown);
      isFine = false;
      report({ text: `${error.what}: ${error.why}`, tone: 'bad' }, name);
      report({ text: `next: ${error.next}`, tone: 'dim' });
      if (error.fault === 'network') break;
    }
  }
  return { ok: isFine };
}

/** How long a unit that was told to start is watched; its pane goes on showing it. */
const WATCH_MS = 60_000;

/** What became of units that were told to start: fleetctl calls a failing one launched. */
async function watchStart(
  { shell, clock }: ActScene,
  names: readonly string[],
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const standings = await waitForUnits({
    shell,
    names,
    // One that stays inactive is told as it is: it has ended, or its turn has not come.
    hasRun: async () => true,
    clock,
    signal,
    timeoutMs: WATCH_MS,
    note: (text) => report({ text, tone: 'dim' }, text.split(':')[0]),
  });
  for (const [name, { verdict, rows }] of standings) {
    const state = describeRows(rows);
    const told: Said = {
      runs: ok(`${name} runs: ${state}`),
      ended: { text: `${name} is not active: ${state}`, tone: 'warn' } as const,
      failed: { text: `${name} does not run: ${state} (l shows its log)`, tone: 'bad' } as const,
      looping: { text: `${name} comes up and ends again and again: ${state}`, tone: 'bad' } as const,
      nowhere: {
        text: `${name} is on no machine: fleet found none that its [X-Fleet] section allows`,
        tone: 'bad',
      } as const,
      late: { text: `${name} is still on its way: ${state}`, tone: 'warn' } as const,
    }[verdict];
    report(told, name);
  }
  return [...standings.values()].every(({ verdict }) => verdict === 'runs' || verdict === 'ended');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function onSelection(verb: Exclude<FleetVerb, 'submit'>, help: string): Act {
  return {
    id: `unit ${verb}`,
    label: verb,
    help,
    changes: true,
    kinds: ['units'],
    unfit: unfitUnits,
    async prepare(scene) {
      const names = unitNames(scene);
      const warning = WARNINGS[verb];
      return {
        title: `${capital(verb)} ${counted(names, 'unit')}`,
        question: `${capital(verb)} ${names.join(', ')}?`,
        ...(warning === undefined ? {} : { warning }),
        commands: names.map((name) => shownOn('master', fleetVerbArgv(verb, name, waits(verb)))),
        equivalent: equivalent(scene, 'unit', verb, ...names, ...(verb === 'destroy' ? ['--yes'] : [])),
        async run(report, signal) {
          const { ok: isDone } = await eachUnit(
            names,
            report,
            (name) => fleetVerb(scene.shell, { verb, name, argument: name, wait: waits(verb), signal }),
            DONE[verb],
          );
          if (verb !== 'start' || !isDone) return { ok: isDone };
          return { ok: await watchStart(scene, names, report, signal) };
        },
      };
    },
  };
}

/** The name that a path's file has as a unit. */
const nameOf = (path: string): string => unitName(path.replace(/^.*\//, ''));

function fromFile(verb: 'submit' | 'load' | 'start', help: string): Act {
  return {
    id: `unit ${verb} file`,
    label: `${verb} a file`,
    help,
    changes: true,
    kinds: ['units'],
    unfit: () => null,
    fields: () => [{ key: 'file', label: 'unit file', initial: '', complete: 'path', check: noFile }],
    async prepare(scene, values, signal) {
      const path = (values.file ?? '').trim();
      const { bytes } = await scene.hands.readFile(path);
      const name = nameOf(path);
      signal.throwIfAborted();
      return {
        title: `${capital(verb)} ${name}`,
        question: `Send ${path} to the master and ${verb} ${name}?`,
        commands: [
          `sftp ${path} to the master, into /tmp/kubecore.XXXX/`,
          shownOn('master', fleetVerbArgv(verb, `/tmp/kubecore.XXXX/${name}`, waits(verb))),
        ],
        equivalent: equivalent(scene, 'unit', verb, path),
        async run(report, running) {
          const work = (unit: string) => raise(scene, unit, bytes, verb, running);
          const { ok: isDone } = await eachUnit([name], report, work, DONE[verb]);
          if (verb !== 'start' || !isDone) return { ok: isDone };
          return { ok: await watchStart(scene, [name], report, running) };
        },
      };
    },
  };
}

/** Brings a unit's file to the master and runs the verb for it. */
async function raise(
  { shell, hands }: ActScene,
  name: string,
  bytes: Uint8Array,
  verb: 'submit' | 'load' | 'start',
  signal: AbortSignal,
): Promise<readonly string[]> {
  const uploaded = await uploadFiles(hands.shell, [{ name, bytes }], signal);
  try {
    const argument = uploaded.paths.get(name) ?? name;
    return await fleetVerb(shell, { verb, name, argument, wait: waits(verb), signal });
  } finally {
    await uploaded.remove();
  }
}

/** Lines that only one of the texts has, in their order: what a person has to see of a small file's change. */
function changedLines(before: string, after: string): readonly Said[] {
  const [old, now] = [before, after].map((text) => text.replace(/\n$/, '').split('\n'));
  const left = new Map<string, number>();
  for (const line of now ?? []) left.set(line, (left.get(line) ?? 0) + 1);
  const gone: Said[] = [];
  for (const line of old ?? []) {
    const count = left.get(line) ?? 0;
    if (count === 0) gone.push({ text: `- ${line}`, tone: 'bad' });
    else left.set(line, count - 1);
  }
  const added = (now ?? []).flatMap((line): Said[] => {
    const count = left.get(line) ?? 0;
    if (count === 0) return [];
    left.set(line, count - 1);
    return [{ text: `+ ${line}`, tone: 'ok' }];
  });
  return [...gone, ...added];
}

/** Starts the file again that was there; where that fails too, its text is told, so that it is not lost with the unit. */
async function giveBack(
  scene: ActScene,
  name: string,
  before: string,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await raise(scene, name, new TextEncoder().encode(before), 'start', signal);
    return true;
  } catch {
    for (const line of before.replace(/\n$/, '').split('\n')) report({ text: sanitise(line), tone: 'plain' });
    return false;
  }
}

const edit: Act = {
  id: 'unit edit',
  label: 'edit',
  help: 'the unit in $EDITOR; what was written takes its place and is started',
  changes: true,
  kinds: ['units'],
  unfit(scene) {
    return unfitUnits(scene) ?? (unitNames(scene).length > 1 ? 'one unit at a time can be edited' : null);
  },
  async prepare(scene, _values, signal) {
    const [name = ''] = unitNames(scene);
    const result = await scene.shell.run(MASTER, catArgv(name), { signal, priority: 'interactive' });
    const error = failure(`the file of ${name} could not be read`, result);
    if (error) throw error;
    const before = decode(result.stdout);
    const after = await scene.hands.edit(name, before);
    if (after === null || after === before)
      throw inputError(
        `${name} stays as it is`,
        after === null ? 'the editor ended badly' : 'nothing was changed in it',
        'edit it again to change it',
      );
    if (after.trim() === '')
      throw inputError(`${name} stays as it is`, 'an empty file is no unit', 'unit destroy removes it');
    const placed = `/tmp/kubecore.XXXX/${name}`;
    return {
      title: `Replace ${name}`,
      question: `Destroy ${name}, send what you wrote and start it?`,
      warning: 'It is stopped meanwhile. A unit of fleet cannot be changed in place.',
      lines: changedLines(before, after),
      commands: [
        shownOn('master', fleetVerbArgv('destroy', name, false)),
        `sftp ${name} to the master, into /tmp/kubecore.XXXX/`,
        shownOn('master', fleetVerbArgv('start', placed, false)),
      ],
      equivalent: null,
      async run(report, running) {
        const { ok: isDone } = await eachUnit(
          [name],
          report,
          async () => {
            const destroyed = await fleetVerb(scene.shell, {
              verb: 'destroy',
              name,
              argument: name,
              wait: false,
              signal: running,
            });
            try {
              const bytes = new TextEncoder().encode(after);
              return [...destroyed, ...(await raise(scene, name, bytes, 'start', running))];
            } catch (thrown) {
              const why = asKubecoreError(thrown);
              const back = await giveBack(scene, name, before, report, running);
              throw new KubecoreError({
                what: `${name} was not replaced`,
                why: why.why,
                next: back
                  ? 'its old file was started again; mend what you wrote and try once more'
                  : 'its old file, shown above, could not be started either: save it and use unit start file',
                fault: why.fault,
                code: why.code ?? 'UnitNotReplaced',
                cause: why,
              });
            }
          },
          'replaced and told to start',
        );
        return { ok: isDone && (await watchStart(scene, [name], report, running)) };
      },
    };
  },
};

export const UNIT_ACTS: readonly Act[] = [
  onSelection('start', 'have fleet run it'),
  onSelection('stop', 'stop it where it runs; fleet keeps it loaded'),
  onSelection('load', 'place it on a machine without starting it'),
  onSelection('unload', 'take it from its machine; fleet keeps its file'),
  onSelection('destroy', 'stop it and have fleet forget it'),
  edit,
  fromFile('start', 'send a unit file of this computer and start it'),
  fromFile('load', 'send a unit file of this computer and place it on a machine'),
  fromFile('submit', 'send a unit file of this computer, for later'),
];
