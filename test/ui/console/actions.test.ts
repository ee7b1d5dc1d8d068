/** Holds the names of the console's actions, as the config file may give them keys, to the console's own key tables. */
import { expect, test } from 'vitest';
import { CONSOLE_ACTIONS } from '../../../src/cluster/console-settings.ts';
import { KINDS } from '../../../src/cluster/model.ts';
import { helpBindings, keyTable } from '../../../src/ui/console/controls.ts';
import { ConsoleModel } from '../../../src/ui/console/model.ts';
import { createTheme } from '../../../src/ui/theme.ts';
import { fakeShell } from '../../helpers/fake-shell.ts';
import { fakeHands } from './acts/fake-hands.ts';
import { feedHealthy, ID, testClock, testSession } from './fakes.ts';

test('every action of every pane and of a log is one that the config file may name, and no other is', () => {
  const clock = testClock();
  const made = testSession(clock);
  const session = { ...made, hands: fakeHands(fakeShell()) };
  const model = new ConsoleModel(
    { session, backendKind: 'sandbox', clock, theme: createTheme(false), onQuit: () => undefined },
    () => undefined,
  );
  feedHealthy(made);
  const bindings = KINDS.flatMap((kind) => {
    model.dispatch({ type: 'focus', kind });
    return helpBindings(model);
  });
  model.dispatch({ type: 'open', overlay: { type: 'details', kind: 'machines', key: ID.master, offset: 0 } });
  bindings.push(...keyTable(model).bindings);
  model.close();
  const actions = bindings.flatMap(({ action }) => action ?? []);
  expect([...new Set(actions)].sort()).toEqual([...CONSOLE_ACTIONS].sort());
});
