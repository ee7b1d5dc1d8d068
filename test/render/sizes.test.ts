/** AWS's limits, each one byte under and one byte over. */
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import {
  checkSizes,
  cloudConfig,
  LIMITS,
  launchTemplate,
  publishedTemplate,
  renderTemplate,
} from '../../src/render/template.ts';

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

  it('has room for every form: template and user data stay well under their limits', () => {
    for (const template of [publishedTemplate(), launchTemplate(DEFAULTS, 'us-east-1')])
      expect(JSON.stringify(template).length).toBeLessThan(LIMITS.templateBody / 2);
    for (const blueprint of ['single', 'fleet', 'kubernetes'] as const)
      for (const role of ['master', 'minion'] as const)
        for (const form of ['default', 'published'] as const)
          expect(cloudConfig(role, { ...DEFAULTS, blueprint }, form).length).toBeLessThan(
            LIMITS.userData / 2,
          );
  });

  it('says whose user data a long mirror address takes over the limit', () => {
    const binariesUrl = `https://mirror.example/${'x'.repeat(1_500)}`;
    expect(() => renderTemplate({ ...DEFAULTS, binariesUrl }, 'us-east-1')).toThrow(
      /^the master's user data is too big: [\d,]+ bytes is [\d,]+ more than AWS's 16,384$/,
    );
  });
});
