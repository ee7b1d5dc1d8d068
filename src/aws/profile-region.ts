/** Owns the reading of a profile's region by the SDK, as it reads it itself. */
import { STSClient } from '@aws-sdk/client-sts';

/** From AWS_CONFIG_FILE or ~/.aws/config; null when the profile or its region is not there. */
export async function profileRegion(profile: string | undefined): Promise<string | null> {
  const client = new STSClient(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    // The SDK throws `Region is missing`, whatever kept it from finding one.
    return null;
  } finally {
    client.destroy();
  }
}
