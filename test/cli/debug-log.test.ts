/** Holds --debug to what it tells: calls and commands, without secrets, and nothing when it was not asked. */
import { expect, test } from 'vitest';
import { awsLogger, createDebug, watchedShell } from '../../src/cli/debug-log.ts';
import { MASTER } from '../../src/cluster/ports.ts';
import type { SshShell } from '../../src/ssh/shell.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { fakeShell, lost } from '../helpers/fake-shell.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

function log(more: { on?: boolean; machine?: boolean } = {}) {
  const lines: string[] = [];
  const clock = fakeClock();
  const debug = createDebug((text) => lines.push(text), {
    on: true,
    machine: false,
    env: { AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: 'a-session-token' },
    now: clock.now,
    ...more,
  });
  return { lines, debug, clock };
}

test('a line a thing, with its time; secrets and control characters never', () => {
  const { lines, debug } = log();
  debug('aws', `signed with ${SECRET} and a-session-token\nas AKIAIOSFODNN7EXAMPLE`);
  debug('ssh', 'master $ cat \u001b[2J -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----');
  expect(lines).toEqual([
    'debug 2014-11-22T16:00:00.000Z aws: signed with [secret removed] and [secret removed] as [access key id removed]\n',
    'debug 2014-11-22T16:00:00.000Z ssh: master $ cat  [private key removed]\n',
  ]);
  const long = log();
  long.debug('aws', 'x'.repeat(100_000));
  expect(long.lines[0]?.length).toBeLessThan(1_100);
});

test('a record a line for a machine, and nothing without --debug', () => {
  const machine = log({ machine: true });
  machine.debug('aws', `Authorization: ${SECRET}`);
  expect(JSON.parse(machine.lines[0] ?? '')).toEqual({
    debug: {
      time: '2014-11-22T16:00:00.000Z',
      area: 'aws',
      text: expect.stringMatching(/^Authorization: .*removed\]$/),
    },
  });
  const off = log({ on: false });
  off.debug('aws', 'x');
  expect(off.lines).toEqual([]);
});

test("the SDK's log: which call, its status and id, its error; inputs and outputs never", () => {
  const { lines, debug } = log();
  const logger = awsLogger(debug);
  logger.info({
    clientName: 'EC2Client',
    commandName: 'CreateKeyPairCommand',
    input: { KeyName: 'coreos' },
    output: { KeyMaterial: 'the private key itself' },
    metadata: { httpStatusCode: 200, requestId: 'r-1', attempts: 2 },
  });
  logger.error({
    clientName: 'STSClient',
    commandName: 'GetCallerIdentityCommand',
    error: new Error(`the key ${SECRET} is not valid`),
    metadata: { attempts: 1 },
  });
  logger.debug('@aws-sdk/credential-provider-node - defaultProvider::fromEnv');
  logger.debug('endpoints evaluateCondition: isSet($Endpoint) = true');
  expect(lines.map((line) => line.replace(/^debug \S+ /, ''))).toEqual([
    'aws: EC2 CreateKeyPair: 200 request r-1 2 attempts\n',
    'aws: STS GetCallerIdentity: Error: the key [secret removed] is not valid\n',
    'aws: @aws-sdk/credential-provider-node - defaultProvider::fromEnv\n',
  ]);
});

test('commands on nodes: where, what, how they ended', async () => {
  const { lines, debug, clock } = log();
  const shell = fakeShell(({ command }) => {
    if (command.includes('list-machines')) throw lost();
    return { stdout: 'ab', code: 3 };
  });
  const watched = watchedShell(shell as unknown as SshShell, debug, clock.now);
  expect((await watched.run(MASTER, ['uname', '-r'])).code).toBe(3);
  await expect(
    watched.run({ kind: 'node', address: '10.0.0.2' }, ['fleetctl', 'list-machines']),
  ).rejects.toThrow('the connection was lost');
  expect(lines.map((line) => line.replace(/^debug \S+ /, ''))).toEqual([
    'ssh: master $ uname -r: exit 3, 2 bytes, 0 ms\n',
    'ssh: 10.0.0.2 $ fleetctl list-machines: the connection was lost: the network went away, 0 ms\n',
  ]);
});
