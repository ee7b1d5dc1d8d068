/** Owns Service Quotas: how much of EC2 this account may use. The client is imported when it is first asked. */
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Cloud } from '../cluster/ports.ts';
import { call } from './call.ts';
import { type ClientSetup, hasty } from './client-config.ts';
import { isAwsError } from './errors.ts';

export type Quotas = Pick<Cloud, 'ec2Quota'>;

export function createQuotas({ sdk, asked }: ClientSetup): Quotas {
  const client = new ServiceQuotasClient(hasty(sdk));
  const which = (QuotaCode: string) => ({ ServiceCode: 'ec2', QuotaCode });
  return {
    async ec2Quota(code, signal) {
      const own = await call(
        { what: `the quota ${code} was not said`, action: 'servicequotas:GetServiceQuota' },
        asked,
        signal,
        async (options) => {
          try {
            return (await client.send(new GetServiceQuotaCommand(which(code)), options)).Quota?.Value ?? null;
          } catch (error) {
            // A quota that was never changed for this account may have no value of its own.
            if (isAwsError(error, 'NoSuchResourceException')) return null;
            throw error;
          }
        },
      );
      if (own !== null) return own;
      return call(
        { what: `the quota ${code} was not said`, action: 'servicequotas:GetAWSDefaultServiceQuota' },
        asked,
        signal,
        async (options) => {
          try {
            const answer = await client.send(new GetAWSDefaultServiceQuotaCommand(which(code)), options);
            return answer.Quota?.Value ?? null;
          } catch (error) {
            if (isAwsError(error, 'NoSuchResourceException')) return null;
            throw error;
          }
        },
      );
    },
  };
}
