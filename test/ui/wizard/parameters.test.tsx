/** Step 3 as stories: typing, checking, values, names that are taken; and the pure state where a story would be long. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULTS, INSTANCE_TYPES } from '../../../src/cluster/parameters.ts';
import {
  CONTINUE,
  FIELDS,
  type FormAction,
  initialForm,
  parametersOf,
  reduceForm,
} from '../../../src/ui/wizard/form-state.ts';
import { error, fakeServices, OURS, stack, type World } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

const SMALL = { columns: 80, rows: 24 };

async function atForm(world: Partial<World> = {}, size = SMALL, backend: 'aws' | 'sandbox' = 'aws') {
  const services = fakeServices({ world, backend });
  const s = story(services, { size });
  await s.sees('Ready to launch');
  await s.press(KEY.enter);
  await s.sees('private key: ~/.ssh/coreos.pem');
  await s.press(KEY.enter);
  await s.sees('3 Parameters');
  return { services, s };
}

/** Moves to the n-th line of the form. */
const downTo = (key: string): string[] =>
  Array.from({ length: FIELDS.findIndex((field) => field.key === key) }, () => KEY.down);

describe('a paste', () => {
  test('is text in a text field, whatever it holds and however it comes', async () => {
    const { s } = await atForm();
    await s.press(KEY.ctrl('u'));
    for (const piece of ['\u001b[20', '0~web\nfo', 'o\nbar\n\u001b', '[201~']) await s.press(piece);
    await s.sees(/▸ Name +webfoobar/);
    // Text after an Enter is a paste that the terminal did not mark; the last Enter is typed.
    await s.press('\rx\r');
    await s.sees(/Name +webfoobarx/);
  });

  test('changes no value that is chosen', async () => {
    const { s } = await atForm();
    await s.press(...downTo('instanceType'));
    await s.sees(/▸ Instance type/);
    await s.press('\u001b[200~m3.large\n\u001b[201~');
    await s.press(KEY.up, KEY.down);
    await s.sees(/▸ Instance type +‹ m3.medium/);
    expect(s.screen()).not.toContain('Filter');
  });
});

describe('the form', () => {
  test.each([SMALL, { columns: 120, rows: 40 }, { columns: 200, rows: 60 }])(
    'shows every parameter but the key pair at $columns×$rows, the focused one explained',
    async (size) => {
      const { s } = await atForm({}, size);
      await s.sees('Continue to the review', 'Name of the cluster', '✓ free');
      for (const field of FIELDS) {
        await s.sees(new RegExp(`▸ ${field.label}`));
        await s.press(KEY.down);
      }
      expect(s.screen()).not.toContain('undefined');
    },
  );

  test('a wrong value is told as it is typed, with a hint; mending it takes the words away', async () => {
    const { s } = await atForm();
    await s.press(...downTo('clusterSize'), KEY.backspace, '1');
    await s.sees('✗ Minions: 1 is outside 2 to 256', '→ the nearest is 2');
    await s.press(KEY.backspace, '5');
    await s.loses('outside 2 to 256');
    await s.press(...[...downTo('dockerCidr')].slice(4), KEY.ctrl('u'), '192.168.0.0/16');
    await s.sees('fleet uses 192.168/16 internally');
    await s.press(KEY.ctrl('r'));
    await s.sees('172.24.0.0/16');
    await s.loses('internally');
  });

  test('a warning lets it pass', async () => {
    const { s } = await atForm();
    await s.press(...downTo('allowSshFrom'), '0.0.0.0/0');
    await s.sees('▲ SSH will be open to the whole internet');
    await s.press(KEY.ctrl('n'));
    await s.sees('4 Review', 'open to 0.0.0.0/0: the');
  });

  test('continuing with something wrong goes there instead', async () => {
    const { s } = await atForm();
    await s.press(...downTo('ami'), 'ami-x', KEY.up, KEY.ctrl('n'));
    await s.sees('3 Parameters', '"ami-x" is not an AMI id');
    await s.sees(/▸ AMI/);
  });

  test('Enter walks the lines and goes on from the last one', async () => {
    const { s } = await atForm();
    await s.press(...Array.from({ length: CONTINUE }, () => KEY.enter));
    await s.sees(/▸ Continue to the review/, 'Everything passes: 3 nodes of m3.medium');
    await s.press(KEY.enter);
    await s.sees('4 Review');
  });

  test('←→ change a value of few; what can only be one thing stays', async () => {
    const { s } = await atForm();
    await s.press(...downTo('advertisedIp'), KEY.right);
    await s.sees('‹ public ›', 'does not cover');
    await s.press(KEY.left);
    await s.sees('‹ private ›');
    await s.press(KEY.ctrl('p'), KEY.ctrl('p'), KEY.ctrl('p'), KEY.ctrl('p'), KEY.right, 'x');
    await s.sees('kubernetes', 'the only one');
  });

  test('the list of instance types opens, filters, scrolls and chooses', async () => {
    const { s } = await atForm();
    await s.press(...downTo('instanceType'), ' ');
    await s.sees('Filter', /▸ m3\.medium/, 'more above');
    await s.press('i2.8');
    await s.sees(/▸ i2\.8xlarge/);
    await s.press('zzz');
    await s.sees('No value has "i2.8zzz" in it');
    await s.press(KEY.backspace, KEY.backspace, KEY.backspace, KEY.enter);
    await s.sees('‹ i2.8xlarge ›', 'Continue to the review');
    // A letter opens it too; Esc keeps the old value.
    await s.press('t');
    await s.sees(/▸ t2\.micro|t2\.micro/, 'Filter');
    await s.press(KEY.esc);
    await s.sees('‹ i2.8xlarge ›');
  });

  test('what is offered is replaced by what is typed, and kept by any other key', async () => {
    const { s } = await atForm();
    await s.sees('kubernetes▏  (typing replaces it)');
    await s.press('web');
    await s.sees(/▸ Name +web▏ /);
    await s.press(KEY.ctrl('r'), KEY.left, 'X');
    await s.sees('kuberneteX▏s');
  });

  test('the name that is suggested has no dashes to spare', async () => {
    const { s } = await atForm();
    await s.press('9ünïcode 日本');
    await s.sees('try k-9-n-code');
    await s.loses('k-9-n-code-');
  });

  test('what was typed is kept back and forth', async () => {
    const { s } = await atForm();
    await s.press(KEY.end, '-x', ...downTo('clusterSize'), '7');
    await s.sees('kubernetes-x');
    await s.press(KEY.esc);
    await s.sees('2 Key pair');
    await s.press(KEY.enter);
    await s.sees('kubernetes-x', /Minions +7/);
    await s.press(KEY.ctrl('n'));
    await s.sees('4 Review', '7 minions');
    await s.press(KEY.esc);
    await s.sees('3 Parameters', 'kubernetes-x');
  });

  test('pasted control characters are dropped', async () => {
    const { s } = await atForm();
    await s.press(KEY.ctrl('u'));
    await s.press('pro\u0000d\u009b');
    await s.sees(/▸ Name +prod/, '✓ free');
  });

  test('? helps, but in a URL it is typed', async () => {
    const { s } = await atForm();
    await s.press('?');
    await s.sees('Parameters: help', 'Put the default of this line back');
    await s.press(KEY.esc);
    await s.press(...downTo('discoveryUrl'), 'http://x/?a');
    await s.sees('http://x/?a', 'F1 help');
    await s.press('\u001bOP');
    await s.sees('Parameters: help');
  });

  test('Ctrl-C quits with 130', async () => {
    const { s } = await atForm();
    await s.press(KEY.ctrl('c'));
    expect((await s.ends()).exitCode).toBe(130);
  });
});

describe('a name that is taken', () => {
  test("somebody else's stack: another name, told as it is typed", async () => {
    const { s } = await atForm({ stacks: { kubernetes: stack('kubernetes', 'CREATE_COMPLETE') } });
    await s.sees('kubecore did not make it', 'such as kubernetes-2');
    await s.press(KEY.ctrl('n'));
    await s.sees('3 Parameters', 'kubecore did not make it');
    await s.press(KEY.end, '-2');
    await s.sees('✓ free');
    await s.press(KEY.ctrl('n'));
    await s.sees('4 Review');
  });

  test.each([
    ['CREATE_IN_PROGRESS', 'Take up this launch'],
    ['CREATE_COMPLETE', 'Open this cluster'],
  ])("kubecore's own, %s: %s", async (status, words) => {
    const { services, s } = await atForm({ stacks: { kubernetes: stack('kubernetes', status, OURS) } });
    await s.sees('a kubecore cluster of this name is there');
    await s.press(KEY.ctrl('n'));
    await s.sees(words, 'Choose another name');
    await s.press(KEY.enter);
    await s.sees('5 Launch');
    expect(services.world.launched[0]).toMatchObject({
      identityFile: '/home/me/.ssh/coreos.pem',
      plan: { name: 'kubernetes', size: 4, keyPair: 'coreos' },
    });
  });

  test('choosing another name goes back to it', async () => {
    const { s } = await atForm({ stacks: { kubernetes: stack('kubernetes', 'CREATE_COMPLETE', OURS) } });
    await s.sees('a kubecore cluster of this name');
    await s.press(KEY.ctrl('n'));
    await s.sees('Choose another name');
    await s.press(KEY.down, KEY.enter);
    await s.sees(/▸ Name/);
  });

  test('a failed launch that is left over says how to delete it', async () => {
    const { s } = await atForm({ stacks: { kubernetes: stack('kubernetes', 'ROLLBACK_COMPLETE', OURS) } });
    await s.sees('ROLLBACK_COMPLETE', 'kubecore down --cluster kubernetes');
  });

  test('that command means the sandbox where this is the sandbox', async () => {
    const stacks = { kubernetes: stack('kubernetes', 'ROLLBACK_COMPLETE', OURS) };
    const { s } = await atForm({ stacks }, { columns: 140, rows: 40 }, 'sandbox');
    await s.sees('kubecore down', '--cluster kubernetes --sandbox');
  });

  test('one that cannot be taken up says why', async () => {
    const odd = { ...stack('kubernetes', 'CREATE_COMPLETE', OURS), parameters: null as never };
    const { s } = await atForm({ stacks: { kubernetes: odd } });
    await s.sees('a kubecore cluster of this name');
    await s.press(KEY.ctrl('n'));
    await s.sees('Open this cluster');
    await s.press(KEY.enter);
    await s.sees('✗', 'null', 'Choose another name');
  });

  test('Continue waits for the answer; one that does not come is asked for again', async () => {
    const services = fakeServices();
    let answer = (): void => {};
    services.holds.stack = new Promise((resolve) => (answer = resolve));
    const s = story(services);
    await s.sees('Ready');
    await s.press(KEY.enter);
    await s.sees('coreos.pem');
    await s.press(KEY.enter);
    await s.sees('checking');
    await s.press(KEY.ctrl('n'));
    await s.sees('Asking AWS whether the name is free');
    services.world.stacks.kubernetes = error('the stack was not looked up', 'Throttling', 'wait a little');
    answer();
    await s.sees('the stack was not looked up: Throttling');
    services.world.stacks = {};
    await s.press(KEY.ctrl('n'));
    await s.sees('4 Review');
  });
});

describe('the state', () => {
  test('whatever is pressed, what is right reaches the parameters and nothing else does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '1', '.', '/', '-', ' ', '日'), maxLength: 4 });
    const action: fc.Arbitrary<FormAction> = fc.oneof(
      fc.integer({ min: -1, max: 15 }).map((index): FormAction => ({ type: 'focus', index })),
      text.map((typed): FormAction => ({ type: 'edit', press: { name: 'paste', text: typed } })),
      fc
        .constantFrom('backspace', 'delete', 'home', 'left')
        .map((name): FormAction => ({ type: 'edit', press: { name, text: '' } })),
      fc.constantFrom<FormAction>(
        { type: 'cycle', by: 1 },
        { type: 'cycle', by: -1 },
        { type: 'reset' },
        { type: 'open-picker', press: null },
        { type: 'pick' },
        { type: 'close-picker' },
        { type: 'continue' },
      ),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const form = actions.reduce(reduceForm, initialForm(DEFAULTS, DEFAULTS));
        const parameters = parametersOf(form);
        for (const spec of FIELDS) {
          const value = parameters[spec.key];
          expect(spec.check(value === null ? '' : String(value), parameters).ok).toBe(true);
        }
        expect(INSTANCE_TYPES).toContain(parameters.instanceType);
        expect(form.focus).toBeGreaterThanOrEqual(0);
        expect(form.focus).toBeLessThanOrEqual(CONTINUE);
      }),
    );
  });

  test("another backend's defaults replace what was not typed", () => {
    const form = reduceForm(initialForm(DEFAULTS, DEFAULTS), { type: 'focus', index: 4 });
    const typed = reduceForm(form, { type: 'edit', press: { name: '5', text: '5' } });
    const moved = reduceForm(typed, {
      type: 'defaults',
      defaults: { ...DEFAULTS, clusterSize: 3, discoveryService: 'http://127.0.0.1:1' },
      flags: [],
    });
    expect(moved.texts.discoveryService.value).toBe('http://127.0.0.1:1');
    expect(moved.texts.clusterSize.value).toBe('5');
  });
});
