/** Owns the acts on Kubernetes objects: created from files, deleted, controllers resized, stopped and rolled to another image. */
import { asKubecoreError } from '../../../cluster/errors.ts';
import { KUBE_WORDS, type KubeKind, kube } from '../../../cluster/kube-acts.ts';
import { rollController } from '../../../cluster/rolling-update.ts';
import { createArgv, deleteArgv, resizeArgv, rollArgv, stopArgv } from '../../../cluster/tools/kubecfg.ts';
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
  said,
  shownOn,
  type Values,
  wholeNumber,
} from './act.ts';

const TIMEOUT_MS = 60_000;

const namesOf = (scene: ActScene, kind: KubeKind): readonly string[] =>
  rowsOf(scene, kind).map(({ name }) => name);

/** Each in turn; what went wrong with one does not keep the others. */
async function inTurn(
  names: readonly string[],
  report: Report,
  work: (name: string) => Promise<string>,
): Promise<{ ok: boolean }> {
  let isFine = true;
  for (const name of names) {
    report({ text: `${name} …`, tone: 'dim' }, name);
    try {
      report(ok(await work(name)), name);
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

function create(kind: KubeKind): Act {
  const { resource, one, kind: word } = KUBE_WORDS[kind];
  const [program = '', ...rest] = createArgv(resource);
  const argv = [program, '-json', ...rest];
  return {
    id: `${kind} create`,
    label: 'create from a file',
    help: `a ${one} from a JSON or YAML file of this computer`,
    changes: true,
    kinds: [kind],
    unfit: () => null,
    fields: () => [{ key: 'file', label: 'JSON or YAML file', initial: '', complete: 'path', check: noFile }],
    async prepare(scene, values) {
      const path = (values.file ?? '').trim();
      const { bytes } = await scene.hands.readFile(path);
      // The reader of YAML is only loaded when there is some.
      const { documentsOf } = await import('../../../cluster/manifests.ts');
      const manifests = documentsOf(path, bytes, { kind: word, verb: `the pane of ${kind}` });
      return {
        title: `Create ${manifests.length === 1 ? `a ${one}` : `${manifests.length} ${one}s`}`,
        question: `Create what ${path} holds?`,
        commands: manifests.map(({ name }) => `${shownOn('master', argv)} < ${name}`),
        equivalent: equivalent(scene, kind, 'create', path),
        run: (report, signal) =>
          inTurn(
            manifests.map(({ name }) => name),
            report,
            async (name) => {
              const stdin = manifests.find((manifest) => manifest.name === name)?.bytes ?? bytes;
              const what = `the ${one} of ${name} was not created`;
              await kube(scene.shell, what, argv, { stdin, signal, timeoutMs: TIMEOUT_MS });
              return `created the ${one} of ${name}`;
            },
          ),
      };
    },
  };
}

const DELETE_WARNINGS: Partial<Readonly<Record<KubeKind, string>>> = {
  controllers: 'Their pods go on running, and nobody replaces them any more.',
  minions: 'No pods are placed there any more; kube-register may register it again.',
};

function remove(kind: KubeKind): Act {
  const { resource, one } = KUBE_WORDS[kind];
  const warning = DELETE_WARNINGS[kind];
  return {
    id: `${kind} delete`,
    label: 'delete',
    help: kind === 'minions' ? 'have Kubernetes forget it' : `delete the ${one}`,
    changes: true,
    kinds: [kind],
    unfit: (scene) => (namesOf(scene, kind).length === 0 ? nothingChosen(one) : null),
    async prepare(scene) {
      const names = namesOf(scene, kind);
      return {
        title: `Delete ${counted(names, one)}`,
        question: `Delete ${names.join(', ')}?`,
        ...(warning === undefined ? {} : { warning }),
        commands: names.map((name) => shownOn('master', deleteArgv(resource, name))),
        equivalent: equivalent(scene, kind, 'delete', ...names, '--yes'),
        run: (report, signal) =>
          inTurn(names, report, async (name) => {
            await kube(scene.shell, `the ${one} "${name}" was not deleted`, deleteArgv(resource, name), {
              signal,
              timeoutMs: TIMEOUT_MS,
            });
            return `deleted the ${one} ${name}`;
          }),
      };
    },
  };
}

const oneController = (scene: ActScene): string | null => {
  const { length } = rowsOf(scene, 'controllers');
  if (length === 0) return nothingChosen('replication controller');
  return length > 1 ? 'one replication controller at a time' : null;
};

const controller = (scene: ActScene) => rowsOf(scene, 'controllers')[0];

const resize: Act = {
  id: 'controllers resize',
  label: 'resize',
  help: 'another number of pods',
  changes: true,
  kinds: ['controllers'],
  unfit: oneController,
  fields: (scene) => [
    {
      key: 'replicas',
      label: 'pods',
      initial: String(controller(scene)?.replicas ?? 1),
      check: wholeNumber(0, 10_000),
    },
  ],
  async prepare(scene, values) {
    const name = controller(scene)?.name ?? '';
    const replicas = Number(values.replicas);
    const before = controller(scene)?.replicas ?? 0;
    return {
      title: `Resize ${name} from ${before} to ${replicas}`,
      question: `Have ${name} keep ${replicas} pod${replicas === 1 ? '' : 's'} running?`,
      ...(replicas < before ? { warning: `${before - replicas} of its pods are deleted.` } : {}),
      commands: [shownOn('master', resizeArgv(name, replicas))],
      equivalent: equivalent(scene, 'controllers', 'resize', name, String(replicas)),
      run: (report, signal) =>
        inTurn([name], report, async () => {
          await kube(
            scene.shell,
            `the replication controller "${name}" was not resized`,
            resizeArgv(name, replicas),
            { signal, timeoutMs: TIMEOUT_MS },
          );
          return `${name} keeps ${replicas} pod${replicas === 1 ? '' : 's'} running`;
        }),
    };
  },
};

const stop: Act = {
  id: 'controllers stop',
  label: 'stop',
  help: 'no pods any more; the controller stays',
  changes: true,
  kinds: ['controllers'],
  unfit: (scene) =>
    rowsOf(scene, 'controllers').length === 0 ? nothingChosen('replication controller') : null,
  async prepare(scene) {
    const names = namesOf(scene, 'controllers');
    return {
      title: `Stop ${counted(names, 'replication controller')}`,
      question: `Delete all pods of ${names.join(', ')}?`,
      commands: names.map((name) => shownOn('master', stopArgv(name))),
      equivalent: names.length === 1 ? equivalent(scene, 'controllers', 'resize', names[0] ?? '', '0') : null,
      run: (report, signal) =>
        inTurn(names, report, async (name) => {
          await kube(scene.shell, `the replication controller "${name}" was not stopped`, stopArgv(name), {
            signal,
            timeoutMs: TIMEOUT_MS,
          });
          return `${name} keeps no pods any more`;
        }),
    };
  },
};

/** Where the controller to roll is named by the values: the way back does not depend on what is selected by then. */
const rolledName = (scene: ActScene, values: Values): string => values.name ?? controller(scene)?.name ?? '';

const update: Act = {
  id: 'controllers update',
  label: 'roll to another image',
  help: 'its pods are replaced one after another; stopped when a new one does not run, with the way back',
  changes: true,
  kinds: ['controllers'],
  unfit: oneController,
  fields: (scene) => [
    {
      key: 'image',
      label: 'image',
      initial: controller(scene)?.images[0] ?? '',
      check: (value) => (/^[a-z0-9][\w./:@-]*$/i.test(value) ? null : 'the name of an image, such as web:2'),
    },
    { key: 'period', label: 'seconds between pods', initial: '10', check: wholeNumber(0, 86_400) },
  ],
  async prepare(scene, values) {
    const name = rolledName(scene, values);
    const image = values.image ?? '';
    const period = Number(values.period);
    return {
      title: `Roll ${name} to ${image}`,
      question: `Replace the pods of ${name} one after another?`,
      commands: [shownOn('master', rollArgv(name, image, period))],
      equivalent: equivalent(
        scene,
        'controllers',
        'update',
        name,
        '--image',
        image,
        '--period',
        String(period),
      ),
      async run(report, signal) {
        const { shell, clock } = scene;
        for await (const event of rollController({ shell, name, image, period, clock, signal })) {
          switch (event.type) {
            case 'started':
              report(said(`from ${event.from || 'no image'}: ${event.replicas} pods, ${period} s apart`));
              break;
            case 'progress':
              report(
                said(
                  // Ended ones that were replaced already are new too, but not of those wanted.
                  `${bar(event.running, event.of)} ${Math.min(event.renewed, event.of)} of ${event.of} new, ${event.running} run`,
                ),
                'progress',
              );
              break;
            case 'unhealthy':
              report({ text: `stopped: ${event.why}`, tone: 'bad' });
              if (event.from === '' || event.from === image) return { ok: false };
              return {
                ok: false,
                next: {
                  label: `back to ${event.from}`,
                  act: update,
                  // Those that do not run lose nothing by being replaced soon.
                  values: { name, image: event.from, period: String(Math.min(period, HURRY)) },
                },
              };
            case 'done':
              report(ok(`${name} runs ${image} in all ${event.replicas} pods`));
          }
        }
        return { ok: true };
      },
    };
  },
};

const BAR = 20;
/** Seconds between two pods on the way back. */
const HURRY = 5;

function bar(done: number, all: number): string {
  const full = all === 0 ? BAR : Math.round((Math.min(done, all) / all) * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
}

export const KUBE_ACTS: readonly Act[] = [
  resize,
  update,
  stop,
  ...(['pods', 'services', 'controllers', 'minions'] as const).flatMap((kind) => [
    remove(kind),
    create(kind),
  ]),
];
