/** A connection that is reset before anybody listens to it fails at once, instead of being waited for. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { connect } from '../../src/ssh/connection.ts';
import { createKeyring } from '../../src/ssh/keyring.ts';
import { realClock } from './helpers/clock.ts';

test.each([
  ['reset', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['closed', undefined],
])('%s while the known host keys are read', async (_how, error) => {
  const stream = new PassThrough();
  const connecting = connect({
    to: 'node',
    stream,
    contact: { address: 'node', port: 22, instanceId: null, knownAs: [] },
    user: 'core',
    keyring: createKeyring({ identities: [], unlocked: new Map() }),
    trust: {
      async knownTypes() {
        stream.destroy(error);
        await new Promise((resolve) => stream.once('close', resolve));
        return [];
      },
      async verify() {},
    },
    // Not reached: the test would run into its own limit first.
    limits: { dial: 600_000, handshake: 600_000, login: 600_000, keepalive: 0 },
    clock: realClock,
    random: () => 0,
    agentSocket: null,
    asking: () => {},
    signal: new AbortController().signal,
  });
  await expect(connecting).rejects.toMatchObject({ fault: 'network', code: 'HandshakeLost' });
});
