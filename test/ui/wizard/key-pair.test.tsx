/** Step 2 as stories: choosing, a path, creating; a private key is never lost. */
import { afterEach, describe, expect, test } from 'vitest';
import { speakLastWords } from '../../../src/ui/terminal/last-words.ts';
import { error, fakeServices, MATERIAL, pair, type World } from '../fake-services.ts';
import { endStories, KEY, type Story, story } from '../story.tsx';

afterEach(endStories);

async function atKeyPairs(world: Partial<World> = {}, options: Parameters<typeof story>[1] = {}) {
  const services = fakeServices({ world });
  const s: Story = story(services, options);
  await s.sees('Ready to launch');
  await s.press(KEY.enter);
  await s.sees('Create a new key pair');
  return { services, s };
}

describe('choosing', () => {
  test('each pair shows where its private key is; the one with a key is selected', async () => {
    const { s } = await atKeyPairs();
    await s.sees(/▸ coreos +rsa +private key: ~\/\.ssh\/coreos\.pem/, /work +ed25519 +private key not found/);
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
  });

  test('a pair without its private key explains instead of going on', async () => {
    const { s } = await atKeyPairs();
    await s.press(KEY.down, KEY.enter);
    await s.sees('the private key of "work" was not found', 'press p to type its path');
    expect(s.screen()).toContain('2 Key pair');
  });

  test('--key-pair is selected; one that EC2 does not have is offered to be created', async () => {
    const { s } = await atKeyPairs({}, { parameters: { keyPair: 'work' } });
    await s.sees(/▸ work/);
    endStories();
    const other = await atKeyPairs({ keys: {} }, { parameters: { keyPair: 'mine' } });
    await other.s.sees(/▸ Create/);
    await other.s.press(KEY.enter);
    await other.s.sees('/home/me/.ssh/mine.pem');
  });

  test('a list that fails says why; r asks again', async () => {
    const { services, s } = await atKeyPairs();
    services.world.pairs = error('key pairs were not listed', 'throttled', 'wait a little');
    await s.press('r');
    await s.sees('key pairs were not listed: throttled', '→ wait a little');
    services.world.pairs = [pair('coreos')];
    await s.press('r');
    await s.sees('private key: ~/.ssh/coreos.pem');
  });

  test('many pairs scroll within 80×24', async () => {
    const pairs = Array.from({ length: 60 }, (_, i) => pair(`team-${i}`));
    const { s } = await atKeyPairs({ pairs, keys: {} });
    await s.sees('more above');
    await s.press(KEY.up);
    await s.sees(/▸ team-59/);
    await s.press('g');
    await s.sees(/▸ team-0 /, '0 more above');
  });
});

describe('an encrypted private key', () => {
  const LOCKED: Partial<World> = {
    keys: { coreos: { path: '/k/coreos.pem', label: '~/coreos.pem', encrypted: true } },
    passphrases: { '/k/coreos.pem': 'open sesame' },
  };

  test('asks for its passphrase in bullets, again when it was not it, and goes on; then never again', async () => {
    const { s, services } = await atKeyPairs(LOCKED);
    await s.sees('encrypted key: ~/coreos.pem');
    await s.press(KEY.enter);
    await s.sees('The private key /k/coreos.pem is encrypted', 'Enter unlock', 'Esc back');
    await s.press('wrong one');
    await s.sees(/Passphrase +•{9}/);
    await s.press(KEY.enter);
    await s.sees('That was not it');
    expect(s.screen()).not.toContain('•');
    // Pasted as a password manager does, with a line break that is no key.
    await s.press('\u001b[200~open sesame\n\u001b[201~');
    await s.sees(/Passphrase +•{11}/);
    expect(s.screen()).not.toMatch(/sesame|wrong one/);
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
    expect(services.world.unlocked).toEqual(['/k/coreos.pem']);
    await s.press(KEY.esc);
    await s.sees('private key: ~/coreos.pem');
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
  });

  test('Esc goes back to the list, nothing typed is no answer, what was typed before is gone', async () => {
    const { s, services } = await atKeyPairs(LOCKED);
    await s.press(KEY.enter);
    await s.sees('Passphrase');
    await s.press('half of it');
    await s.sees(/•{10}/);
    await s.press(KEY.esc);
    await s.sees('Create a new key pair', /▸ coreos/);
    await s.press(KEY.enter);
    await s.sees('is encrypted');
    expect(s.screen()).not.toContain('•');
    await s.press(KEY.enter);
    await s.press('x');
    await s.sees(/Passphrase +•▏/);
    expect(s.screen()).not.toContain('not it');
    expect(services.world.unlocked).toEqual([]);
  });

  test('while it is unlocked the screen says so, and keys wait', async () => {
    const { s, services } = await atKeyPairs(LOCKED);
    let answer = (): void => {};
    services.holds.unlock = new Promise((resolve) => (answer = resolve));
    await s.press(KEY.enter);
    await s.sees('is encrypted');
    await s.press('open sesame', KEY.enter);
    await s.sees('Unlocking', /•{11}/);
    await s.press('x', KEY.esc);
    answer();
    await s.sees('3 Parameters');
  });

  test('a typed path that shows only unlocked whose key it is: asked for, then compared', async () => {
    const { s } = await atKeyPairs({
      files: { '/k/work': 'work', '/k/other': 'nobody' },
      passphrases: { '/k/work': 'one', '/k/other': 'two' },
    });
    await s.press('G', KEY.enter);
    await s.sees('compared with every key pair');
    await s.press('/k/other');
    await s.press(KEY.enter);
    await s.sees('The private key /k/other is encrypted');
    await s.press(KEY.esc);
    await s.sees('compared with every key pair', '/k/other');
    await s.press(KEY.enter);
    await s.sees('The private key /k/other is encrypted');
    await s.press('two');
    await s.sees('•••');
    await s.press(KEY.enter);
    await s.sees('belongs to none of these key pairs');
    await s.press(KEY.ctrl('u'), '/k/work');
    await s.press(KEY.enter);
    await s.sees('The private key /k/work is encrypted');
    await s.press('one');
    await s.sees('•••');
    await s.press(KEY.enter);
    await s.sees(/▸ work +ed25519 +private key: \/k\/work/);
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
  });

  test('Ctrl-C at the question ends the setup', async () => {
    const { s } = await atKeyPairs(LOCKED);
    await s.press(KEY.enter);
    await s.sees('is encrypted');
    await s.press('half', KEY.ctrl('c'));
    expect(await s.ends()).toEqual({ exitCode: 130 });
  });
});

describe('typing a path', () => {
  test('p compares with the selected pair; errors stay until mended', async () => {
    const { s } = await atKeyPairs({ files: { '/k/work': 'work', '/k/coreos': 'coreos' } });
    await s.press(KEY.down, 'p');
    await s.sees('It is compared with the key pair "work"');
    await s.press('/k/nothing');
    await s.press(KEY.enter);
    await s.sees('/k/nothing cannot be read', 'check the path');
    await s.press(KEY.ctrl('u'), '/k/coreos');
    await s.press(KEY.enter);
    await s.sees('it is another key, EC2 has work');
    await s.press(KEY.ctrl('u'), '/k/work');
    await s.press(KEY.enter);
    await s.sees(/▸ work +ed25519 +private key: \/k\/work/);
    await s.press(KEY.enter);
    await s.sees('3 Parameters', '✓ free');
    await s.press(KEY.ctrl('n'));
    await s.sees('4 Review', 'the checks have answered');
    await s.press(KEY.end);
    await s.sees('--identity /k/work');
  });

  test('from the list it finds the pair that the file belongs to', async () => {
    const { s } = await atKeyPairs({ files: { '/k/work': 'work', '/k/other': 'nobody' } });
    await s.press('G');
    await s.press(KEY.enter);
    await s.sees('compared with every key pair');
    await s.press('/k/other');
    await s.press(KEY.enter);
    await s.sees('belongs to none of these key pairs', 'all 2 of them');
    await s.press(KEY.ctrl('u'), '/k/work');
    await s.press(KEY.enter);
    await s.sees(/▸ work/);
  });

  test('a pasted path goes in whole, Esc goes back to the list', async () => {
    const { s } = await atKeyPairs();
    await s.press('p');
    await s.sees('Path');
    await s.press('/home/me/keys/that/are/quite/far/down/the/tree/coreos.pem\u0007');
    await s.sees('the/tree/coreos.pem');
    await s.press(KEY.esc);
    await s.sees('Create a new key pair');
  });
});

describe('creating', () => {
  async function creating(world: Partial<World> = {}) {
    const at = await atKeyPairs({ pairs: [], keys: {}, ...world });
    await at.s.press(KEY.enter);
    await at.s.sees('Create a key pair', 'mode 0400');
    return at;
  }

  test('coreos is created, saved at once, and the form comes next; leaving says that it stays', async () => {
    const { services, s } = await creating();
    await s.sees('coreos');
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
    expect(services.world.saved).toEqual([{ name: 'coreos', material: MATERIAL }]);
    await s.press(KEY.ctrl('c'));
    expect(await s.ends()).toEqual({
      exitCode: 130,
      message:
        'nothing was launched; the key pair you created stays: "coreos" (private key: /home/me/.ssh/coreos.pem)',
    });
  });

  test('the next free name is offered; a taken or impossible one is told as it is typed', async () => {
    const { s } = await atKeyPairs({ keys: {} });
    await s.press('G', KEY.up, KEY.enter);
    await s.sees('coreos-2');
    await s.press(KEY.backspace, KEY.backspace);
    await s.sees('there is a key pair "coreos" already');
    await s.press('/x');
    await s.sees('leave out slashes');
    await s.press(KEY.ctrl('u'));
    await s.press('mine');
    await s.loses('leave out slashes');
  });

  test('a file in the way is found before anything is created', async () => {
    const { services, s } = await creating({
      savePath: error(
        '/home/me/.ssh/coreos.pem is there already',
        'it is never written over',
        'move it away, or choose another name',
      ),
    });
    await s.press(KEY.enter);
    await s.sees('is there already', 'move it away');
    expect(services.world.created).toEqual([]);
  });

  test('EC2 refusing is told inline, and what was typed stays', async () => {
    const { services, s } = await creating({
      createError: error('the key pair was not created', 'InvalidKeyPair.Duplicate', 'choose another name'),
    });
    await s.press(KEY.end, '-x');
    await s.press(KEY.enter);
    await s.sees('InvalidKeyPair.Duplicate', 'coreos-x');
    services.world.createError = null;
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
    expect(services.world.saved[0]?.name).toBe('coreos-x');
  });

  test('a key that could not be saved is kept: try again, under another name', async () => {
    const full = error('the private key was not saved', 'no space left on device', 'make room');
    const { services, s } = await creating({ saveErrors: [full, full] });
    await s.press(KEY.enter);
    await s.sees('no space left on device', 'only copy is in the memory', 'Save as  coreos-2');
    expect(s.screen()).not.toContain('SECRET');
    // No way leads out of here but saving, or Ctrl-C twice.
    await s.press(KEY.esc);
    await s.press(KEY.enter);
    await s.sees('no space left on device');
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
    expect(services.world.saved).toEqual([{ name: 'coreos-2', material: MATERIAL }]);
    expect(services.world.created).toEqual(['coreos']);
  });

  test('Ctrl-C with an unsaved key warns first, then saves it where it can', async () => {
    const { s } = await creating({ saveErrors: [error('not saved', 'disk full', 'make room')] });
    await s.press(KEY.enter);
    await s.sees('disk full');
    await s.press(KEY.ctrl('c'));
    await s.sees('Ctrl-C once more');
    expect(s.exits).toEqual([]);
    await s.press(KEY.ctrl('c'));
    const { exitCode, message } = await s.ends();
    expect(exitCode).toBe(130);
    expect(message).toMatch(/^the private key of "coreos" was saved as \S+\.pem$/);
  });

  test('where it can be saved nowhere, the key pair is deleted again', async () => {
    const full = error('not saved', 'disk full', 'make room');
    const { s } = await creating({ saveErrors: Array.from({ length: 9 }, () => full) });
    await s.press(KEY.enter);
    await s.sees('disk full');
    await s.press(KEY.ctrl('c'));
    await s.sees('Ctrl-C once more');
    await s.press(KEY.ctrl('c'));
    expect(await s.ends()).toMatchObject({
      exitCode: 130,
      message: 'the private key of "coreos" could not be saved; the pair in EC2 was deleted again',
    });
  });

  test('a creation that hangs: Ctrl-C says what it waits for, the next one leaves and says what is left', async () => {
    const { services, s } = await creating();
    services.holds.createKeyPair = new Promise(() => {});
    await s.press(KEY.enter);
    await s.sees('Creating it in EC2');
    await s.press(KEY.ctrl('c'));
    await s.sees('Leaving as soon as the private key is saved', /Ctrl-C\s+once more leaves now/);
    expect(s.exits).toEqual([]);
    await s.press(KEY.ctrl('c'));
    const { exitCode, message } = await s.ends();
    expect(exitCode).toBe(130);
    expect(message).toContain('aws ec2 delete-key-pair --key-name coreos');
  });

  test('a signal saves a key that is in memory alone under a free name, and says where', async () => {
    const { services, s } = await creating({
      saveErrors: ['not saved', 'coreos is there'].map((what) => error(what, 'because', 'do')),
    });
    await s.press(KEY.enter);
    await s.sees('only copy is in the memory');
    expect(await speakLastWords()).toBe(
      'the private key of "coreos" was saved as /home/me/.ssh/coreos-2.pem',
    );
    expect(services.world.saved).toEqual([{ name: 'coreos-2', material: MATERIAL }]);
  });

  test('Ctrl-C while it is being created waits until the key is saved', async () => {
    const { services, s } = await creating();
    let answer = (): void => {};
    services.holds.createKeyPair = new Promise((resolve) => (answer = resolve));
    await s.press(KEY.enter);
    await s.sees('Creating it in EC2');
    await s.press(KEY.ctrl('c'));
    expect(s.exits).toEqual([]);
    answer();
    const { exitCode, message } = await s.ends();
    expect(exitCode).toBe(130);
    expect(message).toContain('coreos.pem');
    expect(services.world.saved).toHaveLength(1);
  });

  test('Esc goes back to the list, Esc again to the checklist; forth again nothing is lost', async () => {
    const { s } = await creating();
    await s.press(KEY.enter);
    await s.sees('3 Parameters');
    await s.press(KEY.esc);
    await s.sees(/▸ coreos .*coreos\.pem/);
    await s.press(KEY.esc);
    await s.sees('1 Prerequisites', 'Ready');
    await s.press(KEY.enter);
    await s.sees(/▸ coreos/);
  });
});

test('a new name replaces the one that is offered', async () => {
  const { s } = await atKeyPairs();
  await s.press(KEY.down, KEY.down, KEY.enter);
  await s.sees('coreos-2▏  (typing replaces it)');
  await s.press('web');
  await s.sees('/web.pem');
});

test('at 80 columns Esc, help and quit stay in the footer, whatever else there is', async () => {
  const { s } = await atKeyPairs();
  await s.sees(/Enter use this pair .*Esc back .*\? help .*\^c quit/);
});

test('a file that is no key says what to do on a screen, not on the command line', async () => {
  const wrong = error(
    'the private key x cannot be used',
    'there is no such file',
    'give the path of the key with --identity',
  );
  const { s } = await atKeyPairs({ files: { '/k/x': wrong } });
  await s.press('p');
  await s.sees('It is compared');
  await s.press('/k/x');
  await s.press(KEY.enter);
  await s.sees('there is no such file', '→ type the path of a private key');
  expect(s.screen()).not.toContain('--identity');
});

describe('a paste', () => {
  const paste = (text: string): string[] => [`\u001b[200~${text}`, '\u001b[201~'];

  test('is no Enter in the name of a new pair', async () => {
    const { services, s } = await atKeyPairs();
    await s.press(KEY.down, KEY.down, KEY.enter);
    await s.sees('Create a key pair');
    for (const piece of paste('web\nfoo\nbar\n')) await s.press(piece);
    await s.sees('webfoobar.pem');
    // A terminal that does not mark pastes.
    await s.press('\rb\raz');
    await s.sees('webfoobarbaz.pem');
    expect(services.world.created).toEqual([]);
  });

  test('does nothing where nothing is typed', async () => {
    const { s } = await atKeyPairs();
    for (const piece of paste('jjr\n?q\u0003')) await s.press(piece);
    await s.press(KEY.down);
    await s.sees(/▸ work/, '2 Key pair');
    expect(s.exits).toEqual([]);
  });
});
