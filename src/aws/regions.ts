/** Owns which regions the account can use. */
import { DescribeRegionsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';

/** Names of the regions that are enabled for the account, in order. */
export async function regions(
  client: EC2Client,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const answer = await call(
    { what: 'the regions of this account were not listed', action: 'ec2:DescribeRegions' },
    asked,
    signal,
    // Those that need opting in and have not been are left out.
    (options) => client.send(new DescribeRegionsCommand({ AllRegions: false }), options),
  );
  return (answer.Regions ?? []).flatMap(({ RegionName }) => RegionName ?? []).sort();
}
