/** Owns what the keys of an open log do. */
import { asKubecoreError } from '../../cluster/errors.ts';
import type { Binding } from '../keys/bindings.ts';
import { logBindings } from './log-keymap.ts';
import type { LogSession } from './log-session.ts';
import type { ConsoleModel } from './model.ts';

/** How far a sideways key moves long lines, in cells. */
const SIDEWAYS = 20;

export function logKeys(model: ConsoleModel): Binding[] {
  const { log } = model;
  const { hands } = model.options.session;
  const act = (action: Parameters<LogSession['dispatch']>[0]) => {
    log?.dispatch(action);
    model.touch();
  };
  return logBindings({
    isFollowing: () => log?.view.follow ?? true,
    isWrapped: () => log?.view.wrap ?? false,
    isMarking: () => (log?.view.mark ?? null) !== null,
    hasPattern: () => (log?.view.pattern ?? '') !== '',
    toggleFollow: () => act({ type: 'toggle-follow' }),
    wrap: () => act({ type: 'toggle-wrap' }),
    timestamps: () => act({ type: 'next-timestamps' }),
    priority: (by) => act({ type: 'priority', by }),
    search: () => model.dispatch({ type: 'typing', text: log?.view.pattern ?? '' }),
    match: (direction) => act({ type: 'match', direction }),
    onlyMatches: () => act({ type: 'toggle-only-matches' }),
    sideways: (direction) => act({ type: 'sideways', cells: direction * SIDEWAYS }),
    begin: (start) => {
      log?.begin(start);
      model.touch();
    },
    mark: () => act({ type: 'toggle-mark' }),
    copy: hands ? () => copy(model) : null,
    save: hands ? () => void save(model) : null,
    move: (by) => {
      if (by === 'first') act({ type: 'top' });
      else if (by === 'last') act({ type: 'follow' });
      else if ('rows' in by) act({ type: 'scroll', rows: by.rows });
      else act({ type: 'page', pages: by.pages });
    },
  });
}

const lines = (count: number): string => `${count.toLocaleString('en-US')} line${count === 1 ? '' : 's'}`;

function copy(model: ConsoleModel): void {
  const { log } = model;
  const { hands } = model.options.session;
  if (!log || !hands) return;
  const texts = log.copied();
  if (texts.length === 0) return;
  const taken = hands.copy(`${texts.join('\n')}\n`);
  if (taken && log.view.mark) log.dispatch({ type: 'toggle-mark' });
  model.dispatch({
    type: 'notice',
    text: taken
      ? `${lines(texts.length)} given to the terminal's clipboard`
      : `${lines(texts.length)} are too much for a terminal's clipboard: ^s saves them to a file`,
    tone: taken ? 'ok' : 'warn',
  });
}

/** A new file here, named by what it holds and when. */
async function save(model: ConsoleModel): Promise<void> {
  const { log } = model;
  const { session, clock } = model.options;
  if (!log || !session.hands) return;
  const texts = log.saved();
  const stamp = new Date(clock.now()).toISOString().replace(/[-:]|\..*$/g, '');
  const name = log.name.replace(/[^A-Za-z0-9.@_-]+/g, '-').replace(/^[-.]+|-+$/g, '');
  try {
    const path = await session.hands.saveFile(
      `${name}-${stamp}.log`,
      texts.map((text) => `${text}\n`).join(''),
    );
    if (log.view.mark) log.dispatch({ type: 'toggle-mark' });
    model.dispatch({ type: 'notice', text: `${lines(texts.length)} saved to ${path}`, tone: 'ok' });
  } catch (thrown) {
    const { what, why, next } = asKubecoreError(thrown);
    model.dispatch({ type: 'notice', text: `${what}: ${why}; ${next}`, tone: 'bad' });
  }
}
