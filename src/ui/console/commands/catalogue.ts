/** Owns which `:` commands there are: one for everything that a key does now, and one for each act, with names to do it to. */
import { unitFiles } from '../../../cluster/fleet-acts.ts';
import type { Kind, RowOf, Unit } from '../../../cluster/model.ts';
import type { PaneState } from '../../../cluster/store-contract.ts';
import { unitName } from '../../../cluster/tools/fleetctl.ts';
import { type Binding, isActive } from '../../keys/bindings.ts';
import type { Act, ActScene, Values } from '../acts/act.ts';
import { ACTS, isAllowed } from '../acts/catalogue.ts';
import { dataOf } from '../columns/all.ts';
import { openLogs } from '../log-open.ts';
import type { ConsoleModel } from '../model.ts';
import { PANES } from '../pane-id.ts';
import type { Command } from './command.ts';

const slug = (label: string): string => label.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** What keys do, by the names that a config file calls them. */
function ofKeys(bindings: readonly Binding[]): readonly Command[] {
  return bindings.filter(isActive).flatMap((binding): Command[] => {
    const name = binding.action ?? slug(binding.label);
    if (name === 'command' || name === 'stop') return [];
    const [key] = binding.keys;
    return [{ name, help: binding.help ?? binding.label, run: () => binding.run(key) }];
  });
}

const rowsOf = <K extends Kind>(model: ConsoleModel, kind: K): readonly RowOf[K][] =>
  dataOf(model.moment().view[kind] as PaneState<readonly RowOf[K][]>);

const nameOf = (row: RowOf[Kind]): string => ('name' in row ? row.name : row.ip);

const namesOf = (model: ConsoleModel, kind: Kind): readonly string[] => rowsOf(model, kind).map(nameOf);

/** Addresses of nodes, and `master`. */
const nodes = (model: ConsoleModel): readonly string[] => ['master', ...namesOf(model, 'machines')];

/** The rows that are called so. A unit that runs nowhere is in no list, but fleet may know it. */
function named(model: ConsoleModel, kind: Kind, name: string): readonly RowOf[Kind][] {
  const wanted = kind === 'units' ? unitName(name) : name;
  const found = rowsOf(model, kind).filter((row) => nameOf(row) === wanted);
  if (found.length > 0 || kind !== 'units') return found;
  const absent: Unit = {
    name: wanted,
    machineId: null,
    ip: null,
    load: '',
    active: '',
    sub: '',
    hash: null,
    source: 'fleet',
    description: null,
  };
  return [absent];
}

const isOnFiles = (act: Act): boolean => / (create|file)$/.test(act.id);

/** Names of all units that fleet knows, those that run nowhere too; asked for once, when first wanted. */
function fleetNames(scene: ActScene): () => Promise<readonly string[]> {
  let asked: Promise<readonly string[]> | null = null;
  return () => {
    asked ??= unitFiles(scene.shell).then(
      (files) => files.map(({ name }) => name),
      // Those in the pane have to do.
      () => [],
    );
    return asked;
  };
}

function ofAct(
  model: ConsoleModel,
  act: Act,
  scene: ActScene,
  inFleet: () => Promise<readonly string[]>,
): Command {
  const kind = act.kinds === 'all' ? null : (act.kinds[0] ?? null);
  const fields = act.fields?.(scene) ?? [];
  const values = (words: readonly string[]): Values =>
    Object.fromEntries(fields.flatMap(({ key }, i) => (words[i] === undefined ? [] : [[key, words[i]]])));
  const say = (text: string): void => model.dispatch({ type: 'notice', text, tone: 'warn' });
  const onNode = (word: string): ActScene | null => {
    const machine = rowsOf(model, 'machines').find(
      ({ ip, role }) => ip === word || (word === 'master' && role === 'master'),
    );
    return machine ? { ...scene, kind: 'machines', rows: [machine] } : null;
  };
  if (kind === null) {
    // On a node: its name first, where one is given.
    return {
      name: act.id,
      help: act.help,
      usage: act.id === 'run' ? '[NODE] IMAGE [COMMAND…]' : '[NODE]',
      complete: (_words, index) => (index === 0 ? nodes(model) : []),
      run(words) {
        const [first = '', ...rest] = words;
        const there = first === '' ? null : onNode(first);
        if (first !== '' && there === null && fields.length === 0) return say(`there is no machine ${first}`);
        const line = there ? rest : words;
        model.acts.begin(
          act.id,
          line.length > 0 ? { command: line.map(quoteWord).join(' ') } : {},
          there ?? scene,
        );
      },
    };
  }
  if (isOnFiles(act) || act.id === 'scale') {
    const [field] = fields;
    return {
      name: act.id,
      help: act.help,
      usage: field?.key === 'file' ? 'FILE' : 'N',
      complete: (words, index) =>
        index === 0 && field?.complete === 'path' ? scene.hands.pathsLike(words[0] ?? '') : [],
      run: (words) => model.acts.begin(act.id, values(words), { ...scene, kind }),
    };
  }
  return {
    name: act.id,
    help: act.help,
    usage: fields.length === 0 ? '[NAME…]' : `[NAME ${fields.map(({ key }) => key.toUpperCase()).join(' ')}]`,
    complete(_words, index) {
      if (index > 0 && fields.length > 0) return [];
      return kind === 'units' ? inFleet() : namesOf(model, kind);
    },
    run(words) {
      if (words.length === 0) {
        model.acts.begin(act.id);
        return;
      }
      const own = fields.length === 0 ? words : words.slice(0, 1);
      const rows = own.flatMap((word) => {
        const found = named(model, kind, word);
        if (found.length === 0) say(`there is nothing called ${word} among the ${kind}`);
        return found;
      });
      if (rows.length > 0)
        model.acts.begin(act.id, fillIn(act, { ...scene, kind, rows }, words.slice(1)), {
          ...scene,
          kind,
          rows,
        });
    },
  };
}

const quoteWord = (word: string): string =>
  /[\s'"\\]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : word;

/** Values of an act's fields from words: with the first given the others stay as they are offered. */
function fillIn(act: Act, scene: ActScene, words: readonly string[]): Values {
  const fields = act.fields?.(scene) ?? [];
  if (words.length === 0) return {};
  return Object.fromEntries(fields.map(({ key, initial }, i) => [key, words[i] ?? initial]));
}

function actCommands(model: ConsoleModel, scene: ActScene): readonly Command[] {
  const inFleet = fleetNames(scene);
  return ACTS.filter((act) => isAllowed(act, scene)).map((act) => ofAct(model, act, scene, inFleet));
}

/** Commands that take what no key can. */
function withWords(model: ConsoleModel, scene: ActScene | null): readonly Command[] {
  const { focus } = model.state;
  const say = (text: string): void => model.dispatch({ type: 'notice', text, tone: 'warn' });
  const logged = (): readonly string[] =>
    (['units', 'machines', 'pods'] as const).flatMap((kind) => namesOf(model, kind));
  return [
    {
      name: 'logs',
      help: 'the logs of the row, or of units, machines and pods by name, merged',
      usage: '[NAME…]',
      complete: () => logged(),
      run(words) {
        const groups = (['units', 'machines', 'pods'] as const).map((kind) => ({
          kind,
          rows: words.flatMap((word) =>
            rowsOf(model, kind).filter((row) => nameOf(row) === word || nameOf(row) === unitName(word)),
          ),
        }));
        const found = groups.find(({ rows }) => rows.length > 0);
        if (found) openLogs(model, found.kind, found.rows);
        else say(`nothing here is called ${words.join(', ')}`);
      },
    },
    {
      name: 'filter',
      help: 'show only rows that match',
      usage: 'TEXT',
      run: (words) => model.dispatch({ type: 'filter', kind: focus, filter: words.join(' ') }),
    },
    {
      name: 'sort',
      help: 'order the pane by a column',
      usage: 'COLUMN',
      complete: () => model.panes.kind(focus).columns.map(({ title }) => title),
      run(words) {
        const wanted = words.join(' ').toLowerCase();
        const column = model.panes.kind(focus).columns.find(({ title }) => title.toLowerCase() === wanted);
        if (column)
          model.dispatch({ type: 'sort', kind: focus, sort: { column: column.title, descending: false } });
        else say(`there is no column ${words.join(' ')} here`);
      },
    },
    ...PANES.map(
      (pane): Command => ({
        name: pane,
        help: `the pane of ${pane}; with words: those that match`,
        usage: '[FILTER]',
        run(words) {
          model.dispatch({ type: 'focus', kind: pane });
          if (words.length > 0) model.dispatch({ type: 'filter', kind: pane, filter: words.join(' ') });
        },
      }),
    ),
    ...(scene === null ? [] : actCommands(model, scene)),
  ];
}

/** All commands that mean something now. One with words is taken before the key of that name, which it contains. */
export function commandsOf(
  model: ConsoleModel,
  bindings: readonly Binding[],
  scene: ActScene | null,
): readonly Command[] {
  const keys = ofKeys(bindings);
  const inLog = model.state.overlays.at(-1)?.type === 'logs';
  const spoken = inLog ? [] : withWords(model, scene);
  const merged = spoken.map((command): Command => {
    const key = keys.find(({ name }) => name === command.name);
    if (!key || PANES.some((pane) => pane === command.name)) return command;
    return { ...command, run: (words) => (words.length === 0 ? key.run([]) : command.run(words)) };
  });
  const known = new Set(merged.map(({ name }) => name));
  const all = [...merged, ...keys.filter(({ name }) => !known.has(name))];
  return [...new Map(all.map((command) => [command.name, command])).values()];
}
