/** Owns parameter values: which are missing or unknown, and what CloudFormation says to a value that may not be. */
import { validationError } from '../aws-error.ts';
import { type StackStep, templateOf } from './stack.ts';
import type { Template, TemplateParameter } from './template.ts';

const MAX_VALUE_BYTES = 4_096;

/**
 * The value of every parameter, given or defaulted.
 * @throws AwsError ValidationError in CloudFormation's words
 */
export function resolveParameters(
  template: Template,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !(name in template.parameters));
  if (unknown.length > 0)
    throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, parameter] of Object.entries(template.parameters)) {
    const value = given[name] ?? (parameter.Default === undefined ? undefined : String(parameter.Default));
    if (value === undefined) missing.push(name);
    else values[name] = value;
  }
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  for (const [name, value] of Object.entries(values)) {
    const parameter = template.parameters[name];
    if (parameter) checkValue(name, value, parameter);
  }
  return values;
}

function checkValue(name: string, value: string, parameter: TemplateParameter): void {
  const refuse = (otherwise: string): never => {
    throw validationError(
      parameter.ConstraintDescription
        ? `Parameter ${name} failed to satisfy constraint: ${parameter.ConstraintDescription}`
        : `Parameter '${name}' ${otherwise}`,
    );
  };
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES)
    throw validationError(
      `1 validation error detected: Value at 'parameters.${name}' failed to satisfy constraint: Member must have length less than or equal to ${MAX_VALUE_BYTES}`,
    );
  const list = parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<');
  const parts = list ? value.split(',').map((part) => part.trim()) : [value];
  const numeric = parameter.Type === 'Number' || parameter.Type === 'List<Number>';
  for (const part of parts) {
    if (numeric && (part.trim() === '' || !Number.isFinite(Number(part))))
      throw validationError(`Parameter '${name}' must be a number.`);
    if (parameter.AllowedValues && !parameter.AllowedValues.map(String).includes(part))
      refuse('must be one of AllowedValues');
    if (numeric && parameter.MinValue !== undefined && Number(part) < Number(parameter.MinValue))
      refuse(`must be a number not less than ${parameter.MinValue}`);
    if (numeric && parameter.MaxValue !== undefined && Number(part) > Number(parameter.MaxValue))
      refuse(`must be a number not greater than ${parameter.MaxValue}`);
    if (!numeric && parameter.MinLength !== undefined && part.length < Number(parameter.MinLength))
      refuse(`must contain at least ${parameter.MinLength} characters`);
    if (!numeric && parameter.MaxLength !== undefined && part.length > Number(parameter.MaxLength))
      refuse(`must contain at most ${parameter.MaxLength} characters`);
    if (parameter.AllowedPattern !== undefined && !matches(parameter.AllowedPattern, part))
      refuse(`must match pattern ${parameter.AllowedPattern}`);
  }
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    // A Java pattern that JavaScript cannot read is not held against the value.
    return true;
  }
}

/** As the API shows them: NoEcho ones are masked. */
export const shownValue = (parameter: TemplateParameter | undefined, value: string): string =>
  String(parameter?.NoEcho ?? 'false') === 'true' ? '****' : value;

/**
 * What CloudFormation says to a value of one of AWS's own kinds (here: key pairs) that the account does not have; null when
 * all are there. It looks them up when an operation begins, not when it is asked for.
 */
export function unknownValue({ region, stack }: StackStep): string | null {
  const template = templateOf(stack.templateBody);
  for (const [name, parameter] of Object.entries(template.parameters)) {
    const value = stack.parameters[name] ?? '';
    if (parameter.Type === 'AWS::EC2::KeyPair::KeyName' && !region.keyPairs[value])
      return `Parameter validation failed: parameter value ${value} for parameter name ${name} does not exist.`;
  }
  return null;
}
