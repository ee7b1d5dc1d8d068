/** Owns the EC2 client, imported when EC2 is first asked. */
import { EC2Client } from '@aws-sdk/client-ec2';
import type { Cloud } from '../cluster/ports.ts';
import type { ClientSetup } from './client-config.ts';
import { dryRun } from './dry-run.ts';
import { instanceTypeVcpus, instanceTypeZones, runningVcpus } from './instance-types.ts';
import { consoleOutput, image, instances } from './instances.ts';
import { createKeyPair, importKeyPair, keyPairs } from './key-pairs.ts';
import { network } from './network.ts';

export type Ec2 = Pick<
  Cloud,
  | 'keyPairs'
  | 'createKeyPair'
  | 'importKeyPair'
  | 'image'
  | 'dryRun'
  | 'instanceTypeZones'
  | 'instanceTypeVcpus'
  | 'runningVcpus'
  | 'network'
  | 'instances'
  | 'consoleOutput'
>;

export function createEc2({ sdk, asked }: ClientSetup): Ec2 {
  const client = new EC2Client(sdk);
  return {
    keyPairs: (signal) => keyPairs(client, asked, signal),
    createKeyPair: (name, signal) => createKeyPair(client, asked, name, signal),
    importKeyPair: (name, publicKey, signal) => importKeyPair(client, asked, name, publicKey, signal),
    image: (id, signal) => image(client, asked, id, signal),
    dryRun: (request, signal) => dryRun(client, asked, request, signal),
    instanceTypeZones: (type, signal) => instanceTypeZones(client, asked, type, signal),
    instanceTypeVcpus: (type, signal) => instanceTypeVcpus(client, asked, type, signal),
    runningVcpus: (signal) => runningVcpus(client, asked, signal),
    network: (vpc, signal) => network(client, asked, vpc, signal),
    instances: (stack, signal) => instances(client, asked, stack, signal),
    consoleOutput: (id, signal) => consoleOutput(client, asked, id, signal),
  };
}
