/** Owns the EC2 client, imported when EC2 is first asked. */
import { EC2Client } from '@aws-sdk/client-ec2';
import type { Cloud } from '../cluster/ports.ts';
import type { ClientSetup } from './client-config.ts';
import { dryRun } from './dry-run.ts';
import { instanceTypeVcpus, instanceTypeZones, runningVcpus } from './instance-types.ts';
import { consoleOutput, image, instances } from './instances.ts';
import { createKeyPair, deleteKeyPair, importKeyPair, keyPairs } from './key-pairs.ts';
import { createLaunches, type Launches } from './launches.ts';
import { network } from './network.ts';
import { regions } from './regions.ts';
import { runInstances, terminateInstances, userData } from './run-instances.ts';
import { allowIngress, createSecurityGroup, deleteSecurityGroup } from './security-groups.ts';
import { setTags } from './tags.ts';

export type Ec2 = Pick<
  Cloud,
  | 'keyPairs'
  | 'createKeyPair'
  | 'deleteKeyPair'
  | 'importKeyPair'
  | 'image'
  | 'dryRun'
  | 'instanceTypeZones'
  | 'instanceTypeVcpus'
  | 'runningVcpus'
  | 'network'
  | 'instances'
  | 'consoleOutput'
  | 'createSecurityGroup'
  | 'allowIngress'
  | 'deleteSecurityGroup'
  | 'runInstances'
  | 'terminateInstances'
  | 'setTags'
  | 'userData'
  | 'regions'
> & { readonly launches: Launches };

export function createEc2({ sdk, asked }: ClientSetup): Ec2 {
  const client = new EC2Client(sdk);
  return {
    keyPairs: (signal) => keyPairs(client, asked, signal),
    createKeyPair: (name, signal) => createKeyPair(client, asked, name, signal),
    deleteKeyPair: (name, signal) => deleteKeyPair(client, asked, name, signal),
    importKeyPair: (name, publicKey, signal) => importKeyPair(client, asked, name, publicKey, signal),
    image: (id, signal) => image(client, asked, id, signal),
    dryRun: (request, signal) => dryRun(client, asked, request, signal),
    instanceTypeZones: (type, signal) => instanceTypeZones(client, asked, type, signal),
    instanceTypeVcpus: (type, signal) => instanceTypeVcpus(client, asked, type, signal),
    runningVcpus: (signal) => runningVcpus(client, asked, signal),
    network: (vpc, signal) => network(client, asked, vpc, signal),
    instances: (stack, signal) => instances(client, asked, stack, signal),
    consoleOutput: (id, signal) => consoleOutput(client, asked, id, signal),
    createSecurityGroup: (create, signal) => createSecurityGroup(client, asked, create, signal),
    allowIngress: (group, rules, tags, signal) => allowIngress(client, asked, group, rules, tags, signal),
    deleteSecurityGroup: (id, signal) => deleteSecurityGroup(client, asked, id, signal),
    runInstances: (run, signal) => runInstances(client, asked, run, signal),
    terminateInstances: (ids, signal) => terminateInstances(client, asked, ids, signal),
    setTags: (id, tags, signal) => setTags(client, asked, id, tags, signal),
    userData: (id, signal) => userData(client, asked, id, signal),
    regions: (signal) => regions(client, asked, signal),
    launches: createLaunches(client, asked),
  };
}
