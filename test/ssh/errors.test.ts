/** What a person reads when the way to a node fails: the reason, and what to do. */
import { describe, expect, test } from 'vitest';
import { authError, dialError, timedOut } from '../../src/ssh/errors.ts';
import { shellAt } from './helpers/peer.ts';

const errno = (code: string) => Object.assign(new Error(code), { code });

describe('the way there', () => {
  test.each([
    ['ECONNREFUSED', 'Refused', 'nothing listens on port 22 (connection refused)', /booting/],
    ['ETIMEDOUT', 'TimedOut', 'the connection to port 22 timed out', /--allow-ssh-from/],
    ['EHOSTUNREACH', 'NoRoute', 'there is no route to it (EHOSTUNREACH)', /VPN/],
    ['ENETUNREACH', 'NoRoute', 'there is no route to it (ENETUNREACH)', /VPN/],
    ['ENOTFOUND', 'UnknownHost', 'its name cannot be resolved (ENOTFOUND)', /DNS/],
  ])('%s', (code, word, why, next) => {
    const error = dialError('master', 22, errno(code));
    expect(error).toMatchObject({ code: word, why, fault: 'network', exitCode: 4 });
    expect(error.next).toMatch(next);
  });

  test('a name that does not exist is told by the real resolver', async () => {
    const shell = shellAt(
      { port: 1 },
      { addressMap: async () => ({ host: 'no-such-host.invalid', port: 22 }) },
    );
    const why = await new Promise<string>((resolve) => {
      shell.subscribe(() => {
        const state = shell.connection();
        if (state.phase === 'reconnecting') resolve(state.why);
      });
      shell.run({ kind: 'master' }, ['x']).catch(() => {});
    });
    expect(why).toMatch(/^its name cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)$/);
    await shell.close();
  });

  test('a phase that takes too long is named', () => {
    expect(timedOut('master', 'login').why).toBe('the login timed out');
  });
});

describe('the login', () => {
  const failed = {
    to: 'master',
    user: 'core',
    tried: ['a.pem', 'b.pem'],
    methods: ['publickey'],
    problems: [],
    said: null,
    banner: null,
  };

  test('which keys were tried, and what the server takes', () => {
    expect(authError(failed)).toMatchObject({
      code: 'AuthFailed',
      what: 'master did not let core in',
      why: 'tried: a.pem, b.pem; it takes publickey',
      next: expect.stringContaining('--identity FILE'),
    });
  });

  test('too many keys, and a server that says why it breaks off', () => {
    expect(authError({ ...failed, said: 'Too many authentication failures' })).toMatchObject({
      code: 'TooManyAuthFailures',
      why: 'it gave up after 2 keys (MaxAuthTries); tried: a.pem, b.pem',
    });
    expect(authError({ ...failed, said: 'User core not allowed because account is locked' })).toMatchObject({
      why: 'it said: User core not allowed because account is locked',
      next: expect.stringContaining('the account may be locked'),
    });
  });
});
