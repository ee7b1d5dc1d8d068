/** Owns how the overview is shown: what is wrong now and for how long, what was wrong, what changed lately. */
import { SYMBOL } from '../../theme.ts';
import type { Cell } from '../../widgets/table.ts';
import { ago, largestSpan } from '../age.ts';
import { type Happening, happeningOrder } from '../history.ts';
import { orNone, type RowKind, text } from './row-kind.ts';

function stateCell(happening: Happening): Cell {
  if (happening.type === 'change') return { text: `${SYMBOL.changed} changed`, tone: 'accent' };
  return happening.until === null
    ? { text: `${SYMBOL.bad} wrong`, tone: 'bad' }
    : { text: `${SYMBOL.ok} mended`, tone: 'ok' };
}

/** `4 min`: how long it lasts or lasted; or how long ago it was. */
function whenCell(happening: Happening, now: number): Cell {
  if (happening.type === 'change') return { text: `${largestSpan(now - happening.at)} ago`, tone: 'dim' };
  return happening.until === null
    ? { text: `for ${largestSpan(now - happening.at)}`, tone: 'warn' }
    : { text: `${largestSpan(now - happening.until)} ago`, tone: 'dim' };
}

const isWrong = (happening: Happening): boolean => happening.type === 'problem' && happening.until === null;

export const overview: RowKind<Happening> = {
  title: 'Overview',
  isCounted: false,
  newestFirst: true,
  loading: 'looking at the cluster',
  empty: `${SYMBOL.ok} nothing is wrong, and nothing has changed since the console was opened`,
  key: (happening) => happening.key,
  compare: happeningOrder,
  label: (happening) => happening.what,
  state: (happening) => (happening.until === null ? happening.type : 'mended'),
  search: (happening) => `${stateCell(happening).text} ${happening.what} ${happening.why}`,
  faults: (rows) => {
    const count = rows.filter(isWrong).length;
    return count === 0
      ? { text: `${SYMBOL.ok} nothing wrong`, tone: 'ok' }
      : { text: `${SYMBOL.bad} ${count} wrong`, tone: 'bad' };
  },
  columns: [
    { title: 'STATE', rank: 1, cell: stateCell },
    {
      title: 'WHEN',
      rank: 2,
      fixed: 10,
      order: (happening) => -(happening.until ?? happening.at),
      cell: (happening, { now }) => whenCell(happening, now),
    },
    { title: 'WHAT', rank: 0, cell: (happening) => ({ text: happening.what }) },
    { title: 'WHY', rank: 3, min: 16, cell: (happening) => text(happening.why) },
  ],
  details: (happening, { now }) => [
    ['what', happening.what],
    ['why', orNone(happening.why)],
    ['next', orNone(happening.next)],
    ['since', `${new Date(happening.at).toISOString()} (${ago(happening.at, now)})`],
    ...(happening.until === null
      ? []
      : [['until', `${new Date(happening.until).toISOString()} (${ago(happening.until, now)})`] as const]),
  ],
};
