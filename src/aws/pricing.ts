/** Owns the Pricing API: what an hour of an instance costs. The client is imported when it is first asked. */
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import type { Cloud } from '../cluster/ports.ts';
import { call } from './call.ts';
import { type ClientSetup, hasty } from './client-config.ts';

export type Pricing = Pick<Cloud, 'hourlyPrice'>;

/** The API has three endpoints in the world, none of them in most regions; each knows the prices of all. */
const PRICING_REGION = 'us-east-1';

const filter = (Field: string, Value: string) => ({ Type: 'TERM_MATCH', Field, Value }) as const;

export function createPricing({ sdk, asked }: ClientSetup): Pricing {
  const client = new PricingClient({ ...hasty(sdk), region: PRICING_REGION });
  return {
    hourlyPrice: (type, signal) =>
      call(
        { what: `the price of ${type} was not said`, action: 'pricing:GetProducts' },
        asked,
        signal,
        async (options) => {
          const answer = await client.send(
            new GetProductsCommand({
              ServiceCode: 'AmazonEC2',
              Filters: [
                filter('instanceType', type),
                filter('regionCode', asked.region),
                filter('operatingSystem', 'Linux'),
                filter('preInstalledSw', 'NA'),
                filter('tenancy', 'Shared'),
                filter('capacitystatus', 'Used'),
                filter('licenseModel', 'No License required'),
              ],
            }),
            options,
          );
          for (const product of answer.PriceList ?? []) {
            const price = onDemandHour(String(product));
            if (price !== null) return price;
          }
          return null;
        },
      ),
  };
}

/**
 * USD an hour of one product of a price list (JSON text: AWS Price List, "Reading the service price list file"); null when
 * it has no on-demand price an hour.
 */
export function onDemandHour(product: string): number | null {
  try {
    const terms: Record<string, { priceDimensions?: Record<string, Dimension> }> =
      JSON.parse(product)?.terms?.OnDemand ?? {};
    for (const { priceDimensions } of Object.values(terms))
      for (const { unit, pricePerUnit } of Object.values(priceDimensions ?? {})) {
        const price = Number(pricePerUnit?.USD);
        if (unit === 'Hrs' && Number.isFinite(price) && price > 0) return price;
      }
  } catch {
    // What is no price list has no price.
  }
  return null;
}

interface Dimension {
  readonly unit?: string;
  readonly pricePerUnit?: { readonly USD?: string };
}
