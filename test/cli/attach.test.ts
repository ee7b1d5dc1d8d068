/** Holds the reading of --host to its form. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHost } from '../../src/cli/attach.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';

test.each([
  ['10.0.0.1', null, '10.0.0.1', null],
  ['core@10.0.0.1', 'core', '10.0.0.1', null],
  ['ec2-54-211-93-34.compute-1.amazonaws.com:2222', null, 'ec2-54-211-93-34.compute-1.amazonaws.com', 2222],
  ['my_alias', null, 'my_alias', null],
  ['root@[2001:db8::1]:22', 'root', '2001:db8::1', 22],
  ['[::1]', null, '::1', null],
])('%s', (text, user, address, port) => {
  expect(parseHost(text)).toEqual({ user, address, port });
});

test.each([
  ['', 'it names no address'],
  ['@10.0.0.1', '"" is not the name of a user'],
  ['-oProxyCommand=x', 'neither an address nor a name'],
  ['core@-x', 'neither an address nor a name'],
  ['a b@x', 'not the name of a user'],
  ['10.0.0.256', 'not an IPv4 address'],
  ['10.0.0', 'not an IPv4 address'],
  ['::1', 'did you mean [::1]?'],
  ['core@fe80::1', 'did you mean core@[fe80::1]?'],
  ['[10.0.0.1]', 'not an IPv6 address'],
  ['[::1]22', 'more than one colon'],
  ['x:', '"" is not a port'],
  ['x:0', '"0" is not a port'],
  ['x:65536', 'not a port'],
  ['x:22:23', 'more than one colon'],
  ['x;reboot', 'neither an address nor a name'],
])('%s is refused', (text, why) => {
  const error = thrown(() => parseHost(text));
  expect(error).toMatchObject({ exitCode: 2 });
  expect(`${error?.why}; ${error?.next}`).toContain(why);
});

test('whatever is typed is read or refused, never broken', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a@:[\]0-9.]*$/)), (text) => {
      const error = thrown(() => {
        const { address, port } = parseHost(text);
        expect(address).not.toMatch(/[\s\p{Cc}@/]|^-|^$/u);
        if (port !== null) expect(port).toBeGreaterThan(0);
      });
      if (error) expect(error).toBeInstanceOf(KubecoreError);
    }),
  );
});

function thrown(act: () => unknown): KubecoreError | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof KubecoreError) return error;
    throw error;
  }
}
