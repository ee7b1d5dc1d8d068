/** Owns the Pricing API: the price list's products of the instance types, in the shape of AWS's price list files. */
import { AwsError } from './aws-error.ts';
import type { Actions } from './request.ts';

/** USD an hour on demand, Linux, us-east-1 (https://aws.amazon.com/ec2/pricing/on-demand and its previous generations). */
const HOURLY: Readonly<Record<string, number>> = {
  'm3.medium': 0.067,
  'm3.large': 0.133,
  'm3.xlarge': 0.266,
  'm3.2xlarge': 0.532,
  'c3.large': 0.105,
  'c3.xlarge': 0.21,
  'c3.2xlarge': 0.42,
  'c3.4xlarge': 0.84,
  'c3.8xlarge': 1.68,
  'i2.xlarge': 0.853,
  'i2.2xlarge': 1.705,
  'i2.4xlarge': 3.41,
  'i2.8xlarge': 6.82,
  'r3.large': 0.166,
  'r3.xlarge': 0.333,
  'r3.2xlarge': 0.665,
  'r3.4xlarge': 1.33,
  'r3.8xlarge': 2.66,
  't2.micro': 0.0116,
  't2.small': 0.023,
  't2.medium': 0.0464,
  't3.micro': 0.0104,
  't3.small': 0.0208,
  't3.medium': 0.0416,
  't3.large': 0.0832,
  'm5.large': 0.096,
  'm5.xlarge': 0.192,
  'c5.large': 0.085,
  'c5.xlarge': 0.17,
};

/** Attributes that every product here has; a filter for another value finds nothing. */
const SHARED: Readonly<Record<string, string>> = {
  operatingSystem: 'Linux',
  preInstalledSw: 'NA',
  tenancy: 'Shared',
  capacitystatus: 'Used',
  licenseModel: 'No License required',
};

/** One product with its on-demand offer, as JSON text. The sandbox has one price for all regions. */
function product(type: string, region: string, price: number): string {
  const sku = Buffer.from(type).toString('hex').toUpperCase().slice(0, 16);
  const offer = `${sku}.JRTCKXETXF`;
  const rate = `${offer}.6YS6EN2CT7`;
  return JSON.stringify({
    product: {
      productFamily: 'Compute Instance',
      attributes: { ...SHARED, instanceType: type, regionCode: region },
      sku,
    },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        [offer]: {
          priceDimensions: {
            [rate]: {
              unit: 'Hrs',
              endRange: 'Inf',
              description: `$${price} per On Demand Linux ${type} Instance Hour`,
              appliesTo: [],
              rateCode: rate,
              beginRange: '0',
              pricePerUnit: { USD: price.toFixed(10) },
            },
          },
          sku,
          effectiveDate: '2026-11-01T00:00:00Z',
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {},
        },
      },
    },
    version: '20261101000000',
    publicationDate: '2026-11-01T00:00:00Z',
  });
}

export const pricingActions: Actions = {
  GetProducts: ({ params }) => {
    if (params.text('ServiceCode') !== 'AmazonEC2')
      throw new AwsError('NotFoundException', `Invalid ServiceCode: ${params.text('ServiceCode') ?? ''}`);
    const wanted = params
      .items('Filters')
      .map((filter) => [filter.text('Field') ?? '', filter.text('Value') ?? ''] as const);
    const of = (field: string): string | undefined => wanted.find(([name]) => name === field)?.[1];
    const region = of('regionCode') ?? 'us-east-1';
    const types = Object.entries(HOURLY).filter(([type]) => [type, undefined].includes(of('instanceType')));
    const other = wanted.some(([name, value]) => name in SHARED && SHARED[name] !== value);
    return {
      FormatVersion: 'aws_v1',
      PriceList: other ? [] : types.map(([type, price]) => product(type, region, price)),
    };
  },
};
