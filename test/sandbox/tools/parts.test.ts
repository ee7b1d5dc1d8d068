/** Holds the parts the tools are made of: Go's column layout, flags and templates, and unit files. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hashUnit,
  parseUnit,
  requirements,
  serializeUnit,
  templateOf,
  unitName,
} from '../../../src/sandbox/registry/unit-file.ts';
import { flagDefaults, parseFlags } from '../../../src/sandbox/tools/go-flag.ts';
import {
  executeTemplate,
  goValueOf,
  parseTemplate,
  TemplateError,
} from '../../../src/sandbox/tools/kubecfg/go-template.ts';
import { FLEET_TABLE, KUBE_TABLE, tabwriter } from '../../../src/sandbox/tools/tabwriter.ts';

describe('tabwriter', () => {
  it('pads with tabs to stops of 8, and with spaces to at least 20', () => {
    expect(tabwriter('UNIT\tSUB\nlong-name.service\trunning\n', FLEET_TABLE)).toBe(
      'UNIT\t\t\tSUB\nlong-name.service\trunning\n',
    );
    expect(tabwriter('ID\tx\nabc\ty\n', KUBE_TABLE)).toBe(`ID${' '.repeat(18)}x\nabc${' '.repeat(17)}y\n`);
  });
  it('ends a column where a line has no cell in it', () => {
    expect(tabwriter('a\tb\nalone\nlonger-than-eight\tb\n', FLEET_TABLE)).toBe(
      'a\tb\nalone\nlonger-than-eight\tb\n',
    );
  });
  it('keeps every cell, in order, whatever is in it', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '世', ' ', '-'), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 8 }), (rows) => {
        const text = rows.map((row) => `${row.join('\t')}\n`).join('');
        const lines = tabwriter(text, FLEET_TABLE).split('\n');
        const without = (line: string) => line.replaceAll('\t', '');
        expect(lines.map(without)).toEqual(text.split('\n').map(without));
      }),
    );
  });
  it('puts the cells of a column at one position', () => {
    const cell = fc.stringMatching(/^[a-z]{1,30}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
        const lines = tabwriter(rows.map(([a, b]) => `${a}\t${b}\n`).join(''), KUBE_TABLE).split('\n');
        const starts = rows.map(([, b], index) => lines[index]!.length - b.length);
        expect(new Set(starts).size).toBe(1);
      }),
    );
  });
});

describe('Go flags', () => {
  const specs = [
    { name: 'full', kind: 'bool', value: 'false', usage: 'whole' },
    { name: 'n', kind: 'int', value: '10', usage: 'lines' },
    { name: 'u', kind: 'duration', value: '1m0s', usage: 'period' },
  ] as const;
  const parse = (...args: string[]) => parseFlags(specs, args);
  it('takes one dash or two, = or a word of its own, and stops at the first argument', () => {
    expect(parse('-full', '--n=3', 'x', '--n=4')).toMatchObject({
      ok: true,
      values: { full: 'true', n: '3' },
      rest: ['x', '--n=4'],
    });
    expect(parse('--n', '5', '--', '-full')).toMatchObject({ values: { n: '5' }, rest: ['-full'] });
  });
  it('says what Go says', () => {
    expect(parse('-x')).toMatchObject({ message: 'flag provided but not defined: -x' });
    expect(parse('-n', 'all')).toMatchObject({ message: 'invalid value "all" for flag -n: parse error' });
    expect(parse('-n')).toMatchObject({ message: 'flag needs an argument: -n' });
    expect(parse('-u=5')).toMatchObject({ message: 'invalid value "5" for flag -u: parse error' });
    expect(parse('-full=maybe')).toMatchObject({
      message: 'invalid boolean value "maybe" for -full: parse error',
    });
    expect(parse('--help')).toMatchObject({ ok: false, help: true });
    expect(flagDefaults(specs)).toBe(
      '  -full\n    \twhole\n  -n int\n    \tlines (default 10)\n  -u duration\n    \tperiod (default 1m0s)\n',
    );
  });
});

describe('Go templates', () => {
  const pod = (id: string, status: string) => ({
    id,
    labels: { a: '1', b: '2' },
    desiredState: { manifest: { containers: [{ name: 'x', image: 'y' }] } },
    currentState: { status },
  });
  const list = goValueOf('PodList', { items: [pod('p', 'Running'), pod('q', 'Waiting')] });
  const run = (source: string) => executeTemplate(source, parseTemplate(source), list);
  it.each([
    ['{{range .Items}}{{.ID}} {{end}}', 'p q '],
    ['{{range .Items}}{{if eq .CurrentState.Status "Running"}}+{{else}}-{{end}}{{end}}', '+-'],
    ['{{len .Items}}{{/* how many */}}', '2'],
    [
      '{{range .Items}}{{range .DesiredState.Manifest.Containers}}{{.Name}}={{.Image}};{{end}}{{end}}',
      'x=y;x=y;',
    ],
    ['{{range .Items}}{{.Labels}}{{end}}', 'map[a:1 b:2]map[a:1 b:2]'],
    ['{{range .Items}}{{with .CurrentState.Host}}{{.}}{{else}}none {{end}}{{end}}', 'none none '],
    ['{{range .Items}}{{printf "%s/%s" .ID .CurrentState.Status}} {{end}}', 'p/Running q/Waiting '],
    ['a {{- "b" -}} c{{"\\n"}}', 'abc\n'],
    ['{{range .Items}}{{.ID | printf "<%s>"}}{{end}}', '<p><q>'],
  ])('%s', (source, expected) => {
    expect(run(source)).toBe(expected);
  });
  it.each([
    ['{{range', 'output:1: unclosed action'],
    ['{{range .Items}}', 'output:1: unexpected EOF'],
    ['{{end}}', 'output:1: unexpected {{end}}'],
    ['{{.Nope}}', "can't evaluate field Nope in type *api.PodList"],
    ['{{nope 1}}', 'function "nope" not defined'],
  ])('%s fails', (source, message) => {
    expect(() => run(source)).toThrow(TemplateError);
    expect(() => run(source)).toThrow(message);
  });
});

describe('unit files', () => {
  it('hashes the canonical text', () => {
    expect(hashUnit('')).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
    const text = '# c\n[Unit]\nDescription = MyApp \n\n[Service]\nTimeoutStartSec=0\n';
    expect(serializeUnit(parseUnit(text))).toBe(
      '[Unit]\nDescription=MyApp\n\n[Service]\nTimeoutStartSec=0\n',
    );
  });
  it('reads back what it writes', () => {
    const word = fc.stringMatching(/^[A-Za-z]{1,8}$/);
    fc.assert(
      fc.property(
        fc.array(fc.record({ section: word, name: word, value: word }), { maxLength: 12 }),
        (options) => {
          const text = serializeUnit(options);
          expect(serializeUnit(parseUnit(text))).toBe(text);
        },
      ),
    );
  });
  it('knows names and templates', () => {
    expect(['a', 'a.service', 'a.txt', 'dir/b.timer', 'foo@1'].map(unitName)).toEqual([
      'a.service',
      'a.service',
      'a.txt.service',
      'b.timer',
      'foo@1.service',
    ]);
    expect(templateOf('foo@1.service')).toEqual({ template: 'foo@.service', instance: '1' });
    expect(templateOf('foo.service')).toBeNull();
  });
  it('reads requirements with instance names put in', () => {
    const unit = parseUnit(
      '[X-Fleet]\nMachineMetadata="role=minion" "az=a"\nMachineMetadata=az=b\nMachineOf=%p-db@%i.service\nConflicts=%p@*.service\nGlobal=true\n',
    );
    expect(requirements('web@2.service', unit)).toEqual({
      global: true,
      machineId: null,
      peers: ['web-db@2.service'],
      conflicts: ['web@*.service'],
      metadata: { role: ['minion'], az: ['a', 'b'] },
    });
  });
});
