/** A first contact with an instance: what it printed on its EC2 console decides, early or late; a person only where it cannot. */
import { describe, expect, test } from 'vitest';
import { type FirstContactPolicy, firstContact } from '../../src/cli/host-trust.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { fakeCloud, instanceOf } from '../helpers/fake-cloud.ts';

const INFO = {
  address: '54.0.0.1',
  instanceId: 'i-00000001',
  keyType: 'ssh-ed25519',
  sha256: 'SHA256:AtNF93LnA8oQLBG5bnmV86321Sj86jPyXRTxkjgDRdA',
  md5: 'MD5:69:61:2d:ab:88:ef:e3:ac:17:fc:be:78:83:68:cf:cf',
};
const LAUNCHED = instanceOf(1).launchTime;
const coreos = (fingerprint: string) => `[ 9.1] booted\r\nSSH host key: ${fingerprint} (ED25519)\r\nlogin: `;

interface Asked {
  readonly questions: string[];
  readonly notes: string[];
}

function policy(
  output: string | null | Error,
  more: Partial<FirstContactPolicy> & { answer?: boolean; minutes?: number } = {},
): { decide: ReturnType<typeof firstContact>; asked: Asked } {
  const { answer, minutes = 1, ...rest } = more;
  const asked: Asked = { questions: [], notes: [] };
  const decide = firstContact({
    cloud: fakeCloud({
      consoleOutput: async () => {
        if (output instanceof Error) throw output;
        return output;
      },
    }),
    instances: async () => [instanceOf(1)],
    accept: false,
    ask:
      answer === undefined
        ? null
        : async (question) => {
            asked.questions.push(question);
            return answer;
          },
    note: (text) => asked.notes.push(text),
    now: () => LAUNCHED + minutes * 60_000,
    ...rest,
  });
  return { decide, asked };
}

async function refused(decide: ReturnType<typeof firstContact>): Promise<KubecoreError> {
  const error = await decide(INFO).then(
    (answer) => answer,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KubecoreError);
  return error as KubecoreError;
}

describe('a host key never seen', () => {
  test.each([
    ['SHA256', INFO.sha256],
    ['the old MD5', INFO.md5.slice(4)],
  ])('is trusted without a word when the console has it, in the form of %s', async (_, printed) => {
    const { decide, asked } = policy(coreos(printed), { answer: false });
    expect(await decide(INFO)).toBe('trust');
    expect(asked).toEqual({ questions: [], notes: [] });
  });

  test('is never trusted when the console has others, whoever would say yes', async () => {
    const other = coreos('SHA256:zlyJwn9Nb3Jyr6zNNJTdWXqtMTbuPX3JX4vVJSQHBDc');
    const error = await refused(policy(other, { answer: true, accept: true }).decide);
    expect(error).toMatchObject({ code: 'HostKeyNotPrinted', fault: 'node' });
    expect(error.why).toContain(INFO.sha256);
    expect(error.why).toContain('SHA256:zlyJwn9Nb3');
  });

  test('of a young instance is looked up again until its console comes', async () => {
    const early = await refused(policy(null).decide);
    // The kind of error that a connection comes back from by itself.
    expect(early).toMatchObject({ code: 'ConsoleLate', fault: 'network' });
    expect(early.why).toContain('no fingerprint on the EC2 console yet');
    expect(await refused(policy('[ 0.0] Linux version 3.15.8').decide)).toMatchObject({
      code: 'ConsoleLate',
    });
    expect(await policy(coreos(INFO.sha256)).decide(INFO)).toBe('trust');
  });

  test('of an old instance without console output is refused with the fingerprint and the way to accept it', async () => {
    const error = await refused(policy(null, { minutes: 11 }).decide);
    expect(error).toMatchObject({ code: 'HostKeyUnknown', fault: 'node' });
    expect(error.why).toContain(INFO.sha256);
    expect(error.next).toContain('--accept-new-host-key');
  });

  test('is shown to a person in both forms when the console cannot be had', async () => {
    const denied = new KubecoreError({
      what: 'AWS refused',
      why: 'ec2:GetConsoleOutput is not allowed\u001b[2J',
      next: '-',
      fault: 'aws',
    });
    const { decide, asked } = policy(denied, { answer: true });
    expect(await decide(INFO)).toBe('trust');
    expect(asked.questions[0]).toContain(INFO.sha256);
    expect(asked.questions[0]).toContain(INFO.md5);
    expect(asked.questions[0]).toContain('ec2:GetConsoleOutput is not allowed');
    expect(asked.questions[0]).not.toContain('\u001b');
    expect(await policy(denied, { answer: false }).decide(INFO)).toBe('refuse');
    expect(await refused(policy(denied).decide)).toMatchObject({ code: 'HostKeyUnknown' });
  });

  test('is accepted by --accept-new-host-key with a word of it', async () => {
    const { decide, asked } = policy(null, { accept: true });
    expect(await decide(INFO)).toBe('trust');
    expect(asked.notes).toEqual([expect.stringContaining(INFO.sha256)]);
  });
});
