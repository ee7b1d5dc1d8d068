import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIELD, FieldFinder } from '../../../src/cluster/tools/journal-fields.ts';
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

// Spaces are nothing to JSON, and these send the whole line through JSON.parse.
const parsedWhole = (line: Uint8Array) => Buffer.concat([text('{  '), line.subarray(1)]);

/** As journalctl printed in 2014: spaces inside the braces, around each colon, behind each comma. */
const spaced = (fields: object) =>
  `{ ${Object.entries(fields)
    .map(([name, given]) => `${JSON.stringify(name)} : ${JSON.stringify(given)}`)
    .join(', ')} }`;

const fieldName = fc.oneof(
  fc.constantFrom(
    ...['MESSAGE', 'PRIORITY', 'SYSLOG_IDENTIFIER', '_COMM', '_SYSTEMD_UNIT', 'UNIT', '_MACHINE_ID'],
  ),
  fc.constantFrom('__CURSOR', '__REALTIME_TIMESTAMP'),
  fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,24}$/),
);
const value = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 3, arbitrary: fc.stringMatching(/^[0-9]{1,17}$/) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('1416673733000000', 'weird.service', '"', '\\', '\\"', '\r\n\u0000'),
  },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 5 }) },
  { weight: 1, arbitrary: fc.array(fc.string(), { minLength: 1, maxLength: 3 }) },
);
const record = fc.dictionary(fieldName, value, { maxKeys: 30 });

test('what is found without reading all of a line is what JSON.parse finds', () => {
  const reader = entryReader(source);
  const whole = entryReader(source);
  fc.assert(
    fc.property(record, (fields) => {
      const line = text(JSON.stringify(fields));
      const entry = whole.read(parsedWhole(line));
      expect(reader.read(line)).toEqual(entry);
      expect(reader.read(text(spaced(fields)))).toEqual(entry);
    }),
    { numRuns: 1_000 },
  );
  expect(reader.broken).toBe(0);
});

test('broken UTF-8 survives as replaced, wherever it stands', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(text('é€😀'), Uint8Array.of(0xe2, 0x82)),
  );
  fc.assert(
    fc.property(part, part, (one, two) => {
      const noise = (bytes: Uint8Array) =>
        bytes.filter((byte) => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c);
      const line = Buffer.concat([
        text('{"MESSAGE":"a'),
        noise(one),
        text('","__CURSOR":"'),
        noise(two),
        text('"}'),
      ]);
      const entry = readEntry(line, source)!;
      expect(entry).toEqual(readEntry(parsedWhole(line), source));
      expect(entry.message).toBe(`a${Buffer.from(noise(one)).toString('utf8')}`);
    }),
  );
});

test('a line cut anywhere is broken, and none of its bytes are taken for another field', () => {
  const line = text(
    JSON.stringify({ MESSAGE: 'say \\","PRIORITY":"0', _X: '\\', PRIORITY: '6', __CURSOR: 's=1' }),
  );
  expect(readEntry(line, source)).toMatchObject({ priority: 6, cursor: 's=1' });
  const old = text(spaced(JSON.parse(Buffer.from(line).toString())));
  expect(readEntry(old, source)).toEqual(readEntry(line, source));
  for (let length = 1; length < old.length; length++) {
    expect(readEntry(old.subarray(0, length), source)).toBeNull();
  }
  const reader = entryReader(source);
  for (let length = 1; length < line.length; length++)
    expect(reader.read(line.subarray(0, length))).toBeNull();
  expect(reader.broken).toBe(line.length - 1);
  expect(reader.read(text('{"MESSAGE":"\\x"}'))).toBeNull();
  expect(reader.broken).toBe(line.length);
});

test('what repeats from line to line is one string, also between other lines', () => {
  const reader = entryReader({ unit: null, machineId: '', ip: null });
  const line = (unit: string) =>
    text(JSON.stringify({ _SYSTEMD_UNIT: unit, SYSLOG_IDENTIFIER: 'é', MESSAGE: 'm' }));
  const read = ['a', 'a', 'bb', 'a'].map((unit) => reader.read(line(unit))!);
  expect(read.map((entry) => entry.unit)).toEqual(['a', 'a', 'bb', 'a']);
  expect(read.map((entry) => entry.identifier)).toEqual(['é', 'é', 'é', 'é']);
});

test('both forms in which journalctl prints are read without JSON.parse, others are left to it', () => {
  const fields = { A: 'x', MESSAGE: 'm', __REALTIME_TIMESTAMP: '1416673733000001' };
  const finder = new FieldFinder();
  for (const line of [JSON.stringify(fields), spaced(fields)]) {
    expect(finder.find(Buffer.from(line))).toBe(true);
    expect(finder.text(FIELD.MESSAGE)).toBe('m');
    expect(finder.number(FIELD.__REALTIME_TIMESTAMP)).toBe(1_416_673_733_000_001);
    expect(finder.text(FIELD.__CURSOR)).toBeNull();
  }
  for (const line of ['{"A": "x"}', '{"A":null}', '{"A":[1]}', '{}', '{"A":"x"}\r', '', 'x', '{"A":"x",}']) {
    expect(finder.find(Buffer.from(line))).toBe(false);
  }
});
