/** Holds the removal of secrets: every form that AWS, SSH and HTTP give them. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact, secretsOf } from '../../src/cluster/redact.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const ID = 'AKIAIOSFODNN7EXAMPLE';
const TOKEN = 'IQoJb3JpZ2luX2VjEOb//////////wEaCXVzLWVhc3QtMSJIMEYCIQD';

test.each([
  ['an access key id', `the key ${ID} is not valid`, ID],
  ["a session's key id", 'ASIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE'],
  ['the credentials file', `[default]\naws_secret_access_key = ${SECRET}\n`, SECRET],
  ['an object printed by Node', `{ accessKeyId: 'x', secretAccessKey: '${SECRET}' }`, SECRET],
  ['JSON', JSON.stringify({ SecretAccessKey: SECRET, SessionToken: TOKEN }), SECRET],
  ['JSON, its token', JSON.stringify({ SecretAccessKey: SECRET, SessionToken: TOKEN }), TOKEN],
  ['XML', `<Credentials><SessionToken>${TOKEN}</SessionToken></Credentials>`, TOKEN],
  ['an environment as text', `AWS_SECRET_ACCESS_KEY=${SECRET}\nAWS_SESSION_TOKEN=${TOKEN}`, TOKEN],
  [
    'a header',
    `authorization: AWS4-HMAC-SHA256 Credential=${ID}/20261122/us-east-1/ec2/aws4_request, Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024`,
    'fe5f80f77d5fa3beca',
  ],
  ['a header in JSON', '{"Authorization":"Basic dXNlcjpwYXNzd29yZA==","host":"x"}', 'dXNlcjpwYXNz'],
  ['a header in an object', "{ 'x-amz-security-token': 'IQoJb3JpZ2luX2Vj', host: 'x' }", 'IQoJb3JpZ2luX2Vj'],
  ['a bearer', 'sent Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc', 'eyJhbGciOiJIUzI1NiJ9'],
  [
    'a signed address',
    `https://s3/x?X-Amz-Signature=fe5f80f77d5f&X-Amz-Security-Token=${TOKEN}`,
    'fe5f80f77d5f',
  ],
  ['a password in an address', 'proxy http://user:hunter2@proxy:8080', 'hunter2'],
  ['a passphrase', 'passphrase: "correct horse battery"', 'correct horse battery'],
])('%s', (_, text, secret) => {
  expect(text).toContain(secret);
  expect(redact(text)).not.toContain(secret);
});

test.each(['pkcs1', 'pkcs8'] as const)('a private key (%s), whole, in JSON, and cut off', (type) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pem = privateKey.export({ type, format: 'pem' }).toString();
  const middle = pem.split('\n')[3]!;
  for (const text of [`before\n${pem}after`, JSON.stringify({ KeyMaterial: pem }), pem.slice(0, 400)]) {
    expect(redact(text)).not.toContain(middle);
    expect(redact(text)).toContain('removed');
  }
  expect(redact(`before\n${pem}after`)).toBe('before\n[private key removed]\nafter');
});

test('secrets of the environment go by their value, wherever they stand', () => {
  const env = {
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_ACCESS_KEY_ID: 'KEYIDOFANOTHERFORM',
    MY_TOKEN: 'abcdefgh12345',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token',
    SHORT_TOKEN: 'a',
    HOME: '/home/someone',
  };
  const secrets = secretsOf(env);
  expect(secrets).toEqual([SECRET, 'KEYIDOFANOTHERFORM', 'abcdefgh12345']);
  expect(redact(`it said ${SECRET}, twice ${SECRET}; abcdefgh12345; /home/someone`, secrets)).toBe(
    'it said [secret removed], twice [secret removed]; [secret removed]; /home/someone',
  );
});

test('what is no secret stays', () => {
  for (const text of [
    'arn:aws:iam::123456789012:user/someone',
    'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
    'the authorization of the request failed',
    'tokens left: 3',
    'http://10.0.0.1:4001/v2/keys',
    '54:8a:b5:83:ff:14',
  ])
    expect(redact(text)).toBe(text);
});

test('any text in any time, and twice is once', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      const once = redact(text);
      expect(redact(once)).toBe(once);
    }),
  );
  const started = performance.now();
  redact(`${'authorization '.repeat(20_000)}${'-----BEGIN RSA PRIVATE KEY-----'.repeat(2_000)}`);
  expect(performance.now() - started).toBeLessThan(5_000);
});
