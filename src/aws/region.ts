/** Owns which region is meant: the flag, the environment, the profile; and that it is written as one. */
import { inputError } from '../cluster/errors.ts';
import { plain } from './text.ts';

export interface RegionSources {
  /** --region */
  readonly flag?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** --profile; AWS_PROFILE and then `default` when absent. */
  readonly profile?: string;
  /** The region of a profile in ~/.aws, null when it has none. Default: asks the SDK. */
  readonly ofProfile?: (profile: string | undefined) => Promise<string | null>;
}

/** `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. Whether AWS has it, only AWS can tell. */
const REGION = /^[a-z]{2,5}(?:-[a-z]{2,10}){1,2}-\d{1,2}$/;

/** Throws (fault `input`) when no region is named anywhere, or one that is not written as a region. */
export async function resolveRegion(sources: RegionSources): Promise<string> {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['--region', sources.flag],
    // AWS_DEFAULT_REGION is the article's and the aws command's; the SDK itself reads only the other.
    ['AWS_REGION', sources.env.AWS_REGION],
    ['AWS_DEFAULT_REGION', sources.env.AWS_DEFAULT_REGION],
  ];
  for (const [source, value] of named) if (value) return checked(value.trim(), source);
  const ofProfile = await (sources.ofProfile ?? sdkProfileRegion)(sources.profile);
  if (ofProfile) return checked(ofProfile, 'the profile');
  throw inputError(
    'no AWS region is chosen',
    'there is no --region, AWS_REGION, AWS_DEFAULT_REGION, and no region in the profile',
    'add --region us-east-1, or export AWS_DEFAULT_REGION=us-east-1',
  );
}

function checked(region: string, source: string): string {
  if (REGION.test(region)) return region;
  const zone = /^(.+-\d{1,2})[a-z]$/.exec(region)?.[1];
  throw inputError(
    `"${plain(region)}" (${source}) is not an AWS region`,
    zone === undefined ? 'a region is written like us-east-1 or eu-central-1' : 'it is an availability zone',
    zone !== undefined && REGION.test(zone)
      ? `did you mean ${zone}?`
      : 'choose one such as --region us-east-1',
  );
}

async function sdkProfileRegion(profile: string | undefined): Promise<string | null> {
  const { profileRegion } = await import('./profile-region.ts');
  return profileRegion(profile);
}
