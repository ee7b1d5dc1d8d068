/** Owns the map from region to image. */
import { AMI_BY_REGION } from '../../../cluster/parameters.ts';
import type { Template } from '../../template-types.ts';

/** The article's map; `chosen` replaces or adds one region's image. */
export function mappings(
  chosen: { readonly region: string; readonly ami: string } | null,
): Template['Mappings'] {
  const images = chosen === null ? AMI_BY_REGION : { ...AMI_BY_REGION, [chosen.region]: chosen.ami };
  return {
    RegionMap: Object.fromEntries(Object.entries(images).map(([region, ami]) => [region, { AMI: ami }])),
  };
}
