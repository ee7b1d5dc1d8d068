/** AWS's limits, each one byte under and one byte over. */
import { describe, expect, it } from 'vitest';
import { checkSizes, LIMITS } from '../../src/render/template.ts';

describe('checkSizes', () => {
  it('lets through what is exactly at the limits', () => {
    checkSizes({
      body: 'x'.repeat(LIMITS.templateBody),
      userData: { master: 'x'.repeat(LIMITS.userData) },
      parameters: { KeyPair: 'x'.repeat(LIMITS.parameterValue) },
    });
  });

  it.each([
    [{ body: 'x'.repeat(51_300) }, "the template is too big: 51,300 bytes is 100 more than AWS's 51,200"],
    [
      { userData: { minion: 'x'.repeat(16_385) } },
      "the minion's user data is too big: 16,385 bytes is 1 more than AWS's 16,384",
    ],
    [
      { parameters: { KeyPair: 'ü'.repeat(2_049) } },
      "the value of KeyPair is too big: 4,098 bytes is 2 more than AWS's 4,096",
    ],
  ])('says what is over and by how much (%#)', (sizes, message) => {
    expect(() => checkSizes(sizes)).toThrow(message);
  });
});
