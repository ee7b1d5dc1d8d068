import { expect, test } from 'vitest';
import {
  failure,
  listMachinesArgv,
  listUnitsArgv,
  readMachines,
  readMetadata,
  readUnitFiles,
  readUnits,
  reason,
  unitArgv,
  unitName,
  verbOutcome,
} from '../../../src/cluster/tools/fleetctl.ts';
import { ended, recording } from '../fixtures.ts';

const text = (value: string) => new TextEncoder().encode(value);

test('asks for whole ids, no legend and the free text last', () => {
  expect(listMachinesArgv.join(' ')).toBe(
    'fleetctl list-machines --full --no-legend --fields=machine,ip,metadata',
  );
  expect(listUnitsArgv.join(' ')).toBe(
    'fleetctl list-units --full --no-legend --fields=unit,load,active,sub,machine,hash',
  );
});

test('reads odd machines: dashed and short ids, no address, metadata with blanks, commas and tabs', () => {
  const machines = readMachines(recording('fleet-odd-list-machines-no-legend-full'));
  expect(machines.map(({ id, ip, role }) => [id, ip, role])).toEqual([
    ['4f136225-8458-4f69-ba6f-7da79e774c8e', '10.0.0.10', null],
    ['aaaaaaaa000000000000000000000001', '10.1.2.3', 'master'],
    ['aaaaaaaa000000000000000000000002', '', 'minion'],
    ['bbbbbbbb000000000000000000000003', '192.168.100.200', null],
    ['cccccccc000000000000000000000004', '', null],
    ['dddddddd000000000000000000000005', '10.0.0.1', null],
    ['short', '10.0.0.9', null],
  ]);
  expect(machines[5]?.metadata).toEqual({
    disk: 'ssd',
    empty: '',
    note: 'has spaces, comma',
    tab: 'a\tb',
    uni: 'é世界',
  });
});

test('an empty list is 0 bytes', () => {
  expect(readMachines(recording('fleet-nomachines-list-machines-nolegend'))).toEqual([]);
  expect(readUnits(new Uint8Array())).toEqual([]);
});

test('reads 256 machines', () => {
  const machines = readMachines(recording('scale256-list-machines-full-nolegend'));
  expect(machines).toHaveLength(256);
  expect(new Set(machines.map(({ id }) => id)).size).toBe(256);
});

test('reads units: a global unit once for each machine, whole ids', () => {
  const units = readUnits(recording('fleet-list-units-fields-all-nolegend'));
  expect(units).toHaveLength(23);
  expect(units.filter(({ name }) => name === 'monitor.service').map(({ ip }) => ip)).toEqual([
    '10.77.0.12',
    '10.77.0.11',
    '10.77.0.13',
  ]);
  expect(units[2]).toEqual({
    name: 'crashloop.service',
    machineId: '4f13622584274f69ba6f7da79e774c8e',
    ip: '10.77.0.13',
    load: 'loaded',
    active: 'activating',
    sub: 'auto-restart',
    hash: '1de118f2a60fc39e2da401feb3222a0133f530ff',
    source: 'fleet',
    description: null,
  });
});

test('puts the cells of a row with empty ones where they belong', () => {
  const whole = new TextDecoder().decode(recording('fleet-odd-list-units-full'));
  const units = readUnits(text(whole.slice(whole.indexOf('\n') + 1)));
  const empty = units.find(({ name }) => name === 'emptystates.service');
  expect(empty).toMatchObject({
    load: '',
    active: '',
    sub: '',
    machineId: 'dddddddd000000000000000000000005',
    ip: '10.0.0.1',
    hash: '2d9e58cf6fcadca44d4cd5bfc2cd3c703ca61442',
  });
  expect(units.find(({ name }) => name === 'gone.service')).toMatchObject({
    machineId: 'eeeeeeee000000000000000000000009',
    ip: null,
  });
  expect(units.find(({ name }) => name === 'nomachine.service')).toMatchObject({ machineId: null, ip: null });
  expect(units.find(({ name }) => name === 'nohash.service')?.hash).toBeNull();
  expect(units.find(({ name }) => name === 'notfound.service')?.load).toBe('not-found');
});

test('keeps machine and hash when the only row has empty states', () => {
  const [unit] = readUnits(text('e.service\t\t\t\tdddd/10.0.0.1\t2d9e58cf\n'));
  expect(unit).toMatchObject({
    name: 'e.service',
    load: '',
    machineId: 'dddd',
    ip: '10.0.0.1',
    hash: '2d9e58cf',
  });
});

test('reads unit files, the description with its own blanks and tabs', () => {
  const files = readUnitFiles(recording('fleet-list-unit-files-fields-all'));
  expect(files[0]).toEqual({
    name: 'a-very-long-unit-name-that-keeps-going-on-and-on-for-quite-a-while.1.service',
    hash: '46b6fd31e9ba2181fc46a05ead83a20df5f3c903',
    desired: 'launched',
    state: 'launched',
    machineId: '33b953b38d7f4331a5be2fb71e974cb1',
    global: false,
    description: 'Long name, ünïcödé description with  two spaces\tand a tab',
  });
  expect(files.find(({ name }) => name === 'monitor.service')).toMatchObject({
    global: true,
    machineId: null,
  });
  expect(files.find(({ name }) => name === 'foo@4.service')).toMatchObject({
    desired: 'launched',
    state: 'inactive',
  });
});

test('says why in one line when etcd is refused or hangs', () => {
  const refused = recording('fleet-err-etcd-refused-list-machines', 'stderr');
  expect(reason(refused)).toBe('Error retrieving list of active machines: timeout reached');
  const error = failure('fleet does not list its machines', ended(1, '', refused));
  expect(error).toMatchObject({ code: 'EtcdUnreachable', fault: 'cluster' });
  expect(error?.why).toContain('etcd does not answer on the master');
  expect(reason(recording('fleet-etcdhung-list-units', 'stderr'))).toBe(
    'Error retrieving list of units from repository: timeout reached',
  );
});

test('a banner about a newer fleet is no failure', () => {
  const banner = recording('fleet-newer-version-warning', 'stderr');
  expect(failure('x', ended(0, '', banner))).toBeNull();
  expect(failure('x', ended(1, '', banner))?.why).not.toContain('fleetctl (0.8.3)');
});

test('a unit verb never waits for ever', () => {
  expect(unitArgv('start', ['a.service'])).toEqual(['fleetctl', 'start', '--block-attempts=60', 'a.service']);
  expect(unitArgv('stop', ['a'], { wait: false })).toEqual(['fleetctl', 'stop', '--no-block', 'a']);
  expect(unitArgv('destroy', ['a', 'b'])).toEqual(['fleetctl', 'destroy', 'a', 'b']);
});

test('exit codes that lie are told by the words', () => {
  expect(verbOutcome(ended(0, '', recording('fleet-stop-submitted', 'stderr')))).toEqual({
    ok: false,
    lines: ['Unable to stop unit submitted-only.service in state inactive'],
  });
  expect(verbOutcome(ended(0, '', recording('fleet-unload-one', 'stderr')))).toEqual({
    ok: true,
    lines: ['Unit myapp.service inactive'],
  });
  expect(verbOutcome(ended(0)).lines).toEqual([]);
  expect(verbOutcome(ended(1, '', recording('fleet-start-missing', 'stderr'))).ok).toBe(false);
});

test('a name without a suffix is a service', () => {
  expect(unitName('myapp')).toBe('myapp.service');
  expect(unitName('notaunit.txt')).toBe('notaunit.txt.service');
  expect(unitName('echo.socket')).toBe('echo.socket');
});

test('metadata cannot touch prototypes', () => {
  expect(Object.keys(readMetadata('__proto__=x,role=minion'))).toContain('role');
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});
