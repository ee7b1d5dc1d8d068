/** Which region is meant, and as whom: flag, environment, profile. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCloud, resolveRegion } from '../../src/aws/cloud.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { awsServer, instantClock, recorded } from './aws-server.ts';

const ofProfile = async () => null;

const failing = async (act: Promise<unknown>): Promise<KubecoreError> => {
  const error = await act.catch((thrown: unknown) => thrown);
  if (error instanceof KubecoreError) return error;
  throw new Error(`no KubecoreError but ${String(error)}`);
};

describe('resolveRegion', () => {
  it.each([
    [{ flag: 'eu-west-1', env: { AWS_REGION: 'us-east-1' } }, 'eu-west-1'],
    [{ env: { AWS_REGION: 'us-gov-west-1', AWS_DEFAULT_REGION: 'us-east-1' } }, 'us-gov-west-1'],
    [{ env: { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' } }, 'us-east-1'],
    [{ env: {}, ofProfile: async () => 'eusc-de-east-1' }, 'eusc-de-east-1'],
  ])('%j', async (sources, region) => {
    expect(await resolveRegion({ ofProfile, ...sources })).toBe(region);
  });

  it.each([
    ['us-east-1a', /availability zone/, /did you mean us-east-1\?/],
    ['virginia', /written like us-east-1/, /--region us-east-1/],
    ['evil.example.com/', /written like/, /--region/],
    ['us-east-1\u001b[31m', /written like/, /--region/],
  ])('refuses %j as input', async (flag, why, next) => {
    const error = await failing(resolveRegion({ flag, env: {}, ofProfile }));
    expect(error).toMatchObject({ fault: 'input', exitCode: 2 });
    expect(error.why).toMatch(why);
    expect(error.next).toMatch(next);
    expect(error.message).not.toContain('\u001b');
  });

  it('says how to choose one when none is named', async () => {
    const error = await failing(resolveRegion({ env: {}, ofProfile }));
    expect(error.what).toBe('no AWS region is chosen');
    expect(error.next).toContain('AWS_DEFAULT_REGION');
  });
});

describe('profiles, as the SDK reads them', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubecore-aws-'));
    await writeFile(
      join(folder, 'config'),
      '[profile work]\nregion = eu-central-1\n\n[profile bare]\noutput = json\n',
    );
    await writeFile(
      join(folder, 'credentials'),
      '[work]\naws_access_key_id = AKIDOFWORK\naws_secret_access_key = secret\n',
    );
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it("gives a profile's region, and no other's", async () => {
    expect(await resolveRegion({ profile: 'work', env: {} })).toBe('eu-central-1');
    for (const profile of ['bare', 'absent'])
      expect((await failing(resolveRegion({ profile, env: {} }))).what).toBe('no AWS region is chosen');
  });

  it("uses a named profile's credentials before the environment's, without a word on the console", async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDFROMENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await using server = await awsServer({
      getCallerIdentity: () => ({ body: recorded('GetCallerIdentity') }),
    });
    const cloud = createCloud({
      region: 'eu-central-1',
      profile: 'work',
      endpoint: server.url,
      clock: instantClock,
      random: () => 0.5,
    });
    await cloud.identity();
    expect(server.asked[0]?.authorization).toContain('Credential=AKIDOFWORK/');
    expect(server.asked[0]?.authorization).toContain('/eu-central-1/sts/');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
