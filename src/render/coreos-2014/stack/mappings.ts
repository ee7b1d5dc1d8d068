/** Owns the map from region to image. */
import type { Template } from '../../template-types.ts';

export const mappings = (images: Readonly<Record<string, string>>): Template['Mappings'] => ({
  RegionMap: Object.fromEntries(Object.entries(images).map(([region, ami]) => [region, { AMI: ami }])),
});
