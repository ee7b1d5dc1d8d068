/** Where nodes would live, checked before anything is created. */
import { describe, expect, it } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { launchNetwork, networkWords } from '../../src/cluster/network.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import type { Network } from '../../src/cluster/ports.ts';
import { fakeCloud } from '../helpers/fake-cloud.ts';

const VPC: Network = {
  id: 'vpc-0a1b2c3d',
  cidrs: ['172.31.0.0/16', '10.9.0.0/16'],
  subnets: [
    { id: 'subnet-00000001', zone: 'eu-west-1a', isDefault: true },
    { id: 'subnet-00000002', zone: 'eu-west-1b', isDefault: true },
    { id: 'subnet-00000003', zone: 'eu-west-1b', isDefault: false },
  ],
};

const look = (chosen: Partial<typeof DEFAULTS>, found: Network | null | Error) =>
  launchNetwork(
    fakeCloud({
      network: async (vpc) => {
        expect(vpc).toBe(chosen.vpc ?? null);
        if (found instanceof Error) throw found;
        return found;
      },
    }),
    { ...DEFAULTS, ...chosen },
  );

const check = async (...asked: Parameters<typeof look>) =>
  networkWords(await look(...asked), asked[0].vpc ?? null);

describe('launchNetwork', () => {
  it('tells the default VPC, or the chosen subnets', async () => {
    expect(await check({}, VPC)).toBe(
      'the default VPC vpc-0a1b2c3d, 172.31.0.0/16 and 10.9.0.0/16, 2 subnets',
    );
    expect(await check({ vpc: VPC.id, subnets: 'subnet-00000003' }, VPC)).toBe(
      'vpc-0a1b2c3d, 172.31.0.0/16 and 10.9.0.0/16, 1 subnet',
    );
  });

  it.each<[string, Partial<typeof DEFAULTS>, Network | null, string, string]>([
    ['no default VPC', {}, null, 'there is no default VPC in eu-west-1', '--vpc and --subnets'],
    ['no such VPC', { vpc: 'vpc-0000dead', subnets: 'subnet-1' }, null, 'VPC vpc-0000dead', 'describe-vpcs'],
    [
      'no default subnet',
      {},
      { ...VPC, subnets: VPC.subnets.slice(2) },
      'no subnet to start nodes in',
      'create-default-subnet',
    ],
    [
      "another VPC's subnet",
      { vpc: VPC.id, subnets: 'subnet-00000001,subnet-00000009' },
      VPC,
      'subnet-00000009 cannot be used',
      'it has subnet-00000001',
    ],
    ['an overlap', { dockerCidr: '10.8.0.0/15' }, VPC, 'it overlaps 10.9.0.0/16', '--docker-cidr'],
  ])('refuses %s, and says what to do', async (_, chosen, found, why, next) => {
    const error = await check(chosen, found).catch((thrown: unknown) => thrown);
    if (!(error instanceof KubecoreError)) throw error;
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(why);
    expect(error.next).toContain(next);
  });

  it('tells the subnets and their zones, each once', async () => {
    expect(await look({}, VPC)).toMatchObject({ zones: ['eu-west-1a', 'eu-west-1b'] });
    const chosen = await look({ vpc: VPC.id, subnets: 'subnet-00000002,subnet-00000003' }, VPC);
    expect(chosen.zones).toEqual(['eu-west-1b']);
    expect(chosen.subnets).toHaveLength(2);
  });

  it('minds no Docker network where there is none', async () => {
    await expect(look({ dockerCidr: '10.8.0.0/15', blueprint: 'single' }, VPC)).resolves.toBeDefined();
  });

  it('passes on what AWS refuses', async () => {
    const denied = new KubecoreError({ what: 'not looked up', why: 'denied', next: 'ask', fault: 'aws' });
    await expect(look({}, denied)).rejects.toBe(denied);
  });
});
