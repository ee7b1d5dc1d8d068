/** Owns the choice of network: the default VPC, or a VPC and subnets that are given. */
import type { TemplateParameterName } from '../../template-types.ts';
import { ref } from '../../template-types.ts';
import type { If, StackTemplate } from './types.ts';

export const conditions: StackTemplate['Conditions'] = {
  OwnNetwork: { 'Fn::Not': [{ 'Fn::Equals': [ref('VPC'), ''] }] },
};

const noValue = ref('AWS::NoValue');

/** A parameter's value with a network of one's own; the property is left out in the default VPC. */
export const inOwnNetwork = <Name extends TemplateParameterName>(name: Name) => ({
  'Fn::If': ['OwnNetwork', ref(name), noValue] as const,
});

/** Every zone that has a default subnet; left out where subnets say the zones. */
export const defaultZones: If<typeof noValue, { readonly 'Fn::GetAZs': '' }> = {
  'Fn::If': ['OwnNetwork', noValue, { 'Fn::GetAZs': '' }],
};
