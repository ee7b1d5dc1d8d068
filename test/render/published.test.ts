/** The published form, held against the article's own template to the byte. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { publishedTemplate, templateYaml } from '../../src/render/template.ts';

const seed = readFileSync(new URL('../fixtures/render/kubernetes.json', import.meta.url), 'utf8');

describe('the published template', () => {
  it("equals the article's, the split of the user data and the order of keys included", () => {
    expect(publishedTemplate()).toEqual(JSON.parse(seed));
    expect(JSON.stringify(publishedTemplate(), null, 1)).toBe(seed.trimEnd());
  });

  it('reads the same from YAML, by 1.2 and by 1.1 readers', () => {
    const yaml = templateYaml(publishedTemplate());
    expect(parse(yaml)).toEqual(JSON.parse(seed));
    expect(parse(yaml, { version: '1.1' })).toEqual(JSON.parse(seed));
  });

  it('has comments in its YAML for the resources and for every unit', () => {
    const yaml = templateYaml(publishedTemplate());
    expect(yaml).toContain(
      '  # One master; a lost one is replaced, and two may overlap.\n  MasterAutoScale:',
    );
    expect(yaml).toMatch(/# Fetches kube-register\.\n +- " {4}- name: kube-register-download\.service\\n"/);
    expect(yaml).not.toMatch(/&a\d|\*a\d/);
  });
});
