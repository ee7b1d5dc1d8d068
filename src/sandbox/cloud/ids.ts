/** Owns identifiers: AWS-shaped ids drawn from the world's seed and counter, so that one seed gives one world. */
import { createHash } from 'node:crypto';
import type { World } from '../contract.ts';

function digest(world: World): Buffer {
  const bytes = createHash('sha256').update(`${world.seed}:${world.counter}`).digest();
  world.counter += 1;
  return bytes;
}

/** `i-` and 17 hex digits, as EC2's ids since 2016. */
export const awsId = (world: World, prefix: string): string =>
  `${prefix}-${digest(world).toString('hex').slice(0, 17)}`;

export function uuid(world: World): string {
  const hex = digest(world).toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** CloudFormation's suffix of physical names: 12 capitals and digits. */
export function nameSuffix(world: World): string {
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return Array.from(digest(world).subarray(0, 12), (byte) => letters[byte % letters.length]).join('');
}

/** A number in [0, 1). */
export const chance = (world: World): number => digest(world).readUInt32BE(0) / 2 ** 32;

/** 32 hex digits: an etcd discovery token. */
export const token = (world: World): string => digest(world).toString('hex').slice(0, 32);
