/** `:` commands: what a line means, what it may become, and the line itself under the fingers. */
import { describe, expect, it } from 'vitest';
import { type Command, completions, meant, unknown } from '../../../src/ui/console/commands/command.ts';
import { CommandLine } from '../../../src/ui/console/commands/command-line.ts';
import { findBinding } from '../../../src/ui/keys/bindings.ts';
import { createTheme } from '../../../src/ui/theme.ts';

const ran: string[] = [];
const command = (name: string, complete?: Command['complete']): Command => ({
  name,
  help: `does ${name}`,
  ...(complete ? { complete } : {}),
  run: (words) => ran.push([name, ...words].join('|')),
});

const units = ['etcd.service', 'etcd.socket', 'web.service'];
const commands = [
  command('units'),
  command('unit start', () => units),
  command('unit start file', async (words) => [`${words[0]}a/`, `${words[0]}b`]),
  command('quit'),
  command('pods'),
];

describe('what a line means', () => {
  it.each([
    ['units', 'units', []],
    ['  unit   start web.service ', 'unit start', ['web.service']],
    ["unit start file 'my unit.service'", 'unit start file', ['my unit.service']],
    ['po', 'pods', []],
    ['q', 'quit', []],
    ['unit start fi', 'unit start', ['fi']],
  ])('%j', (line, name, words) => {
    const found = meant(line, commands);
    expect(found?.command.name).toBe(name);
    expect(found?.words).toEqual(words);
  });

  it('is not guessed at', () => {
    expect(meant('unit', commands)).toBeNull();
    expect(unknown('unit', commands)).toContain('units, unit start');
    expect(meant('nuits', commands)).toBeNull();
    expect(unknown('nuits', commands)).toContain('did you mean :units?');
    expect(meant('', commands)).toBeNull();
  });
});

describe('what a line may become', () => {
  it('is a command, then what follows it', async () => {
    expect(await completions('unit', commands)).toEqual({
      head: '',
      words: ['unit start', 'unit start file', 'units'],
    });
    expect(await completions('unit start et', commands)).toEqual({
      head: 'unit start ',
      words: ['etcd.service', 'etcd.socket'],
    });
    expect(await completions('unit start web.service e', commands)).toMatchObject({
      head: 'unit start web.service ',
    });
    expect(await completions('unit start file x/', commands)).toEqual({
      head: 'unit start file ',
      words: ['x/a/', 'x/b'],
    });
    expect(await completions('quit now', commands)).toMatchObject({ words: [] });
  });
});

describe('the line', () => {
  const refused: string[] = [];
  function line() {
    const opened = new CommandLine({
      theme: createTheme(false),
      changed: () => undefined,
      refuse: (text) => refused.push(text),
      quit: () => undefined,
    });
    opened.open(commands);
    const press = (...keys: string[]): void => {
      for (const name of keys) {
        const { bindings, onKey } = opened.table();
        const binding = findBinding(bindings, name);
        if (binding) binding.run(name);
        else onKey?.({ name, text: name.length === 1 ? name : name === 'space' ? ' ' : '' });
      }
    };
    return { opened, press, last: () => opened.lines(60).at(-1) ?? '' };
  }

  it('completes by Tab as far as it is clear, then from one to the next', () => {
    const { press, last, opened } = line();
    press('u', 'tab');
    expect(last()).toContain(':unit');
    expect(opened.lines(60)).toHaveLength(4);
    press('tab');
    expect(last()).toContain(':unit start');
    press('tab');
    expect(last()).toContain(':unit start file');
    press('shift+tab', 'space', 'w', 'tab', 'enter');
    expect(ran.at(-1)).toBe('unit start|web.service');
    expect(opened.isOpen).toBe(false);
  });

  it('brings back what was run, and says what it does not know', () => {
    const { press, last, opened } = line();
    press('p', 'o', 'd', 's', 'enter');
    opened.open(commands);
    press('up');
    expect(last()).toContain(':pods');
    press('ctrl+u', 'z', 'enter');
    expect(refused.at(-1)).toContain('no command :z');
  });

  it('is left by Esc and by erasing the colon', () => {
    const { press, opened } = line();
    press('a', 'backspace', 'backspace');
    expect(opened.isOpen).toBe(false);
    opened.open(commands);
    press('esc');
    expect(opened.isOpen).toBe(false);
  });

  it('is never wider than the screen', () => {
    const { press, opened } = line();
    press(...'unit start '.split('').map((c) => (c === ' ' ? 'space' : c)));
    for (const width of [60, 80, 200])
      for (const text of opened.lines(width)) expect(text.length).toBeLessThanOrEqual(width);
  });
});
