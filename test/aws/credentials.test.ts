/**
 * The SDK's standard credential chain as a person sets it up (profile, assumed role, SSO, instance role), against servers that
 * play the other side; and the clients, each loaded only when used.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { type Answer, type AwsServer, awsServer } from './aws-server.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'kubecore-credentials-'));
  mkdirSync(path.join(home, '.aws', 'sso', 'cache'), { recursive: true });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_CONFIG_FILE', path.join(home, '.aws', 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(home, '.aws', 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

const write = (name: string, text: string): void => writeFileSync(path.join(home, '.aws', name), text);

const IDENTITY: Answer = {
  body: '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
};

const cloud = (profile?: string) =>
  createCloud({
    region: 'eu-west-1',
    clock: fakeClock(),
    random: () => 0,
    attempts: 1,
    ...(profile === undefined ? {} : { profile }),
  });

/** The access key that asked who it is. */
async function keyThatAsked(server: AwsServer, profile?: string): Promise<string> {
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  await cloud(profile).identity();
  const [asked] = server.of('GetCallerIdentity');
  return /Credential=([^/]+)\//.exec(asked?.authorization ?? '')?.[1] ?? '';
}

test('the environment, then a profile by name, by AWS_PROFILE, and the default one', async () => {
  write(
    'credentials',
    '[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n',
  );
  const ask = async (profile?: string): Promise<string> => {
    await using server = await awsServer({ getCallerIdentity: () => IDENTITY });
    return await keyThatAsked(server, profile);
  };
  expect(await ask()).toBe('AKIADEFAULT');
  expect(await ask('work')).toBe('AKIAWORK');
  vi.stubEnv('AWS_PROFILE', 'work');
  expect(await ask()).toBe('AKIAWORK');
  vi.stubEnv('AWS_PROFILE', undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  expect(await ask()).toBe('AKIAENV');
});

test('a role that a profile assumes with another', async () => {
  write('credentials', '[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n');
  write(
    'config',
    '[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = base\nregion = eu-west-1\n',
  );
  await using server = await awsServer({
    getCallerIdentity: () => IDENTITY,
    assumeRole: () => ({
      body: '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>a</Arn><AssumedRoleId>i</AssumedRoleId></AssumedRoleUser></AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>',
    }),
  });
  expect(await keyThatAsked(server, 'admin')).toBe('ASIAROLE');
  expect(server.of('AssumeRole')[0]).toMatchObject({
    RoleArn: 'arn:aws:iam::123456789012:role/admin',
    authorization: expect.stringContaining('Credential=AKIABASE/'),
  });
});

/** A profile of IAM Identity Center, and the token that `aws sso login` would have left. */
function signedIn(expiresAt: string): void {
  const startUrl = 'https://example.awsapps.com/start';
  write(
    'config',
    `[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\n[sso-session corp]\nsso_start_url = ${startUrl}\nsso_region = eu-west-1\n`,
  );
  const name = createHash('sha1').update('corp').digest('hex');
  write(
    path.join('sso', 'cache', `${name}.json`),
    JSON.stringify({ startUrl, region: 'eu-west-1', accessToken: 'token', expiresAt }),
  );
}

test('a session of IAM Identity Center (SSO)', async () => {
  signedIn('2099-01-01T00:00:00Z');
  const credentials = (): Answer => ({
    body: JSON.stringify({
      roleCredentials: {
        accessKeyId: 'ASIASSO',
        secretAccessKey: 's',
        sessionToken: 't',
        expiration: Date.UTC(2099, 0),
      },
    }),
  });
  await using server = await awsServer({
    getCallerIdentity: () => IDENTITY,
    // The order of a query's parts is the SDK's own affair.
    '/federation/credentials?account_id=123456789012&role_name=Admin': credentials,
    '/federation/credentials?role_name=Admin&account_id=123456789012': credentials,
  });
  expect(await keyThatAsked(server, 'sso')).toBe('ASIASSO');
});

test('an SSO session that has ended names the command that begins another', async () => {
  signedIn('2020-01-01T00:00:00Z');
  await using server = await awsServer({});
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  const error = (await cloud('sso')
    .identity()
    .catch((thrown: unknown) => thrown)) as KubecoreError;
  expect(error).toMatchObject({ code: 'ExpiredToken', fault: 'aws' });
  expect(error.next).toContain('aws sso login --profile sso');
});

test("an instance's own role", async () => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
  await using server = await awsServer({
    getCallerIdentity: () => IDENTITY,
    '/latest/api/token': () => ({ body: 'TOKEN' }),
    '/latest/meta-data/iam/security-credentials/': () => ({ body: 'worker' }),
    '/latest/meta-data/iam/security-credentials/worker': () => ({
      body: JSON.stringify({
        Code: 'Success',
        Type: 'AWS-HMAC',
        AccessKeyId: 'ASIAINSTANCE',
        SecretAccessKey: 's',
        Token: 't',
        Expiration: '2099-01-01T00:00:00Z',
        LastUpdated: '2026-11-22T00:00:00Z',
      }),
    }),
  });
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', server.url);
  expect(await keyThatAsked(server)).toBe('ASIAINSTANCE');
});

test('no client of the SDK is loaded before it is asked', () => {
  const seen = new Set<string>();
  /** Files and packages that a file of ours imports at once, types left out. */
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    if (!file.endsWith('.ts')) return;
    const text = readFileSync(file, 'utf8').replace(/^import type .*?;$/gms, '');
    for (const [, from = ''] of text.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)';/gms))
      visit(from.startsWith('.') ? path.resolve(path.dirname(file), from) : from);
  };
  visit(path.resolve('src/aws/cloud.ts'));
  expect([...seen].filter((name) => name.includes('@aws-sdk') || name.includes('@smithy'))).toEqual([]);
  expect([...seen].some((name) => name.endsWith('client-config.ts'))).toBe(true);
});
