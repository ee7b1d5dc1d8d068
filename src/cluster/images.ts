/** Owns which image a region boots: the article's map, and the images given in its place or for regions it lacks. */

/** The article's AMI for each region it knows (CoreOS alpha, HVM). CoreOS ended 2020-05-26: real EC2 has none of them any more. */
export const AMI_BY_REGION: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'ami-f9b08ff8',
  'ap-southeast-1': 'ami-c24f6c90',
  'ap-southeast-2': 'ami-09117e33',
  'eu-central-1': 'ami-56ccfa4b',
  'eu-west-1': 'ami-a47fd5d3',
  'sa-east-1': 'ami-1104b30c',
  'us-east-1': 'ami-66e6680e',
  'us-west-1': 'ami-bbfcebfe',
  'us-west-2': 'ami-ff8dc5cf',
};

const AMI = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

export type ParsedImages =
  /** `one`: for the region of the launch, whichever it is. */
  | { readonly one: string | null; readonly byRegion: Readonly<Record<string, string>> }
  | { readonly why: string };

/** The images that `--ami` names: one AMI id, or a map `REGION=AMI,REGION=AMI`. */
export function parseImages(text: string): ParsedImages {
  if (AMI.test(text)) return { one: text, byRegion: {} };
  const byRegion: Record<string, string> = {};
  for (const part of text.split(',').map((word) => word.trim())) {
    const [region = '', ami] = part.split(/=(.*)/s);
    if (ami === undefined) return { why: `"${part}" is not an AMI id` };
    if (!REGION.test(region)) return { why: `"${region}" is not a region` };
    if (!AMI.test(ami)) return { why: `"${ami}" is not an AMI id` };
    if (byRegion[region] !== undefined) return { why: `${region} is given twice` };
    byRegion[region] = ami;
  }
  return { one: null, byRegion };
}

/** The map from region to image of a launch into `region`. `ami` must have passed its check. */
export function imagesFor(ami: string | null, region: string): Readonly<Record<string, string>> {
  if (ami === null) return AMI_BY_REGION;
  const parsed = parseImages(ami);
  if ('why' in parsed) throw new RangeError(parsed.why);
  return { ...AMI_BY_REGION, ...parsed.byRegion, ...(parsed.one === null ? {} : { [region]: parsed.one }) };
}
