import { expect, test } from 'vitest';
import { entryReader, journalArgv, readEntry } from '../../../src/cluster/tools/journalctl.ts';
import { recording } from '../fixtures.ts';

const text = (value: string) => new TextEncoder().encode(value);
const source = { unit: 'weird.service', machineId: 'm', ip: '10.0.0.1' };

function lines(bytes: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
    out.push(bytes.subarray(from, at));
    from = at + 1;
  }
  return out;
}

test('types the command', () => {
  expect(journalArgv({ unit: 'a.service', lines: 20, follow: true }).join(' ')).toBe(
    'journalctl -q -o json -a --no-pager -u a.service -n 20 -f',
  );
  expect(
    journalArgv({ unit: null, lines: 5, follow: false, afterCursor: 's=1;i=2', since: '@12' }).slice(6),
  ).toEqual(['-n', '5', '--after-cursor=s=1;i=2', '--since=@12']);
});

test('reads every kind of message that journald prints', () => {
  const all = lines(recording('journal-weird-json'));
  const entries = all.map((line) => readEntry(line, source));
  expect(entries.every((entry) => entry !== null)).toBe(true);
  const raw = all.map((line) => JSON.parse(Buffer.from(line).toString()));
  raw.forEach((record, i) => {
    const entry = entries[i]!;
    expect(entry.cursor).toBe(record.__CURSOR);
    expect(entry.timeUs).toBe(Number(record.__REALTIME_TIMESTAMP));
    expect(entry.machineId).toBe('33b953b38d7f4331a5be2fb71e974cb1');
    expect(entry.ip).toBe('10.0.0.1');
    if (typeof record.MESSAGE === 'string') expect(entry.message).toBe(record.MESSAGE);
    else if (Array.isArray(record.MESSAGE))
      expect(entry.message).toBe(Buffer.from(record.MESSAGE).toString('utf8'));
    else expect(entry.message).toBe('');
  });
  expect(raw.some((record) => Array.isArray(record.MESSAGE))).toBe(true);
  expect(raw.some((record) => record.MESSAGE === null)).toBe(true);
  expect(raw.some((record) => !('MESSAGE' in record))).toBe(true);
});

test('fills in who wrote it, and the priority when there is one', () => {
  const of = (fields: object) => readEntry(text(JSON.stringify(fields)), source)!;
  expect(of({ _COMM: 'sh' }).identifier).toBe('sh');
  expect(of({ SYSLOG_IDENTIFIER: 'a b[c]: d', _COMM: 'sh' }).identifier).toBe('a b[c]: d');
  expect(of({}).identifier).toBe('weird.service');
  expect(of({ PRIORITY: '3' }).priority).toBe(3);
  expect(of({ PRIORITY: '9' }).priority).toBeNull();
  expect(of({}).priority).toBeNull();
  expect(of({ MESSAGE: ['one', 'two'] }).message).toBe('one');
  expect(of({ _SYSTEMD_UNIT: 'init.scope', UNIT: 'weird.service' }).unit).toBe('weird.service');
});

test('skips what is no entry and counts what is broken', () => {
  const reader = entryReader(source);
  expect(reader.read(text('-- Logs begin at Sat 2014-11-22 --'))).toBeNull();
  expect(reader.read(text('-- Reboot --'))).toBeNull();
  expect(reader.read(new Uint8Array())).toBeNull();
  expect(reader.broken).toBe(0);
  expect(reader.read(text('{"MESSAGE":"cut off'))).toBeNull();
  expect(reader.broken).toBe(1);
});

test('reads a huge line out of the middle of a buffer', () => {
  const message = 'é'.repeat(300_000);
  const line = text(`xx${JSON.stringify({ MESSAGE: message })}yy`);
  expect(readEntry(line.subarray(2, line.length - 2), source)?.message).toBe(message);
});
