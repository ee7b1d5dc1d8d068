/** Owns the checks of what would be sent: CloudFormation's own opinion of the template, and AWS's limits on sizes. */
import { asKubecoreError, inputError } from './errors.ts';
import { type Answer, type Asking, refusal } from './preflight-contract.ts';

export async function checkTemplate({ cloud, outgoing, signal }: Asking): Promise<Answer> {
  const rendered = made(() => outgoing.templateBody(), outgoing);
  if ('answer' in rendered) return rendered.answer;
  const body = rendered.value;
  if (body === null) return { found: 'none: the launch makes no stack' };
  try {
    await cloud.validateTemplate(body, signal);
  } catch (thrown) {
    const error = asKubecoreError(thrown);
    if (error.code === 'TemplateRefused') return refusal(error);
    throw error;
  }
  const { Resources } = JSON.parse(body) as { readonly Resources: object };
  return { found: `${Object.keys(Resources).length} resources, accepted by CloudFormation` };
}

const count = (bytes: number): string => bytes.toLocaleString('en-US');

export async function checkSizes({ outgoing }: Asking): Promise<Answer> {
  const rendered = made(() => outgoing.sizes(), outgoing);
  if ('answer' in rendered) return rendered.answer;
  const sizes = rendered.value;
  const over = sizes.filter(({ bytes, limit }) => bytes > limit);
  if (over.length > 0)
    return refusal(
      inputError(
        `${over.map(({ what }) => what).join(' and ')} ${over.length === 1 ? 'is' : 'are'} too big`,
        over
          .map(
            ({ what, bytes, limit }) =>
              `${what}: ${count(bytes)} bytes is ${count(bytes - limit)} more than AWS's ${count(limit)}`,
          )
          .join('; '),
        'shorten the discovery URL, the addresses of mirrors, or other values that are written into it',
      ),
    );
  return {
    found: `${sizes.map(({ what, bytes, limit }) => `${what} ${count(bytes)} of ${count(limit)}`).join(', ')} bytes`,
  };
}

/** What rendering gives, or why it gives nothing. Without an image there is nothing to look at: that check says why. */
function made<T>(render: () => T, outgoing: Asking['outgoing']): { value: T } | { answer: Answer } {
  try {
    return { value: render() };
  } catch (thrown) {
    const error = asKubecoreError(thrown);
    try {
      outgoing.imageId();
    } catch {
      return { answer: { state: 'unchecked', found: `not made: ${error.what}`, next: error.next } };
    }
    return { answer: refusal(error) };
  }
}
