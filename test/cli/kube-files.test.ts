/** Holds the reading of Kubernetes objects to what is told of a bad one. */
import { expect, test } from 'vitest';
import { documentsOf } from '../../src/cluster/manifests.ts';

const pods = { kind: 'Pod', verb: 'kubecore pods create' };
const read = (text: string) => documentsOf('my.yaml', new TextEncoder().encode(text), pods);

test('one document is sent as it is, comments and all', () => {
  const text = '# mine\nid: web\nkind: Pod\n';
  expect(read(text).map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)])).toEqual([
    ['my.yaml', text],
  ]);
  expect(read('{"id": "web"}')).toHaveLength(1);
});

test('several documents are sent one by one', () => {
  const found = read('id: a\nkind: Pod\n---\n\n---\nid: b\n');
  expect(found.map(({ name, bytes }) => [name, JSON.parse(new TextDecoder().decode(bytes))])).toEqual([
    ['my.yaml (document 1)', { id: 'a', kind: 'Pod' }],
    ['my.yaml (document 2)', { id: 'b' }],
  ]);
});

test.each([
  ['', 'my.yaml is empty'],
  ['# only a comment\n', 'my.yaml is empty'],
  ['just words', 'holds no object'],
  ['- a\n- b\n', 'holds no object'],
  ['a: [1, 2\nb: 3\n', 'line 2, column'],
  ['{"id": "x",, }', 'line 1, column'],
  ['kind: Service\n', 'did you mean kubecore services create?'],
  ['kind: Deployment\n', 'give a file with kind: Pod'],
])('%j is refused', (text, why) => {
  let told = '';
  try {
    read(text);
  } catch (error) {
    const { what, why: because, next, exitCode } = error as Record<string, unknown>;
    told = `${what} ${because} ${next} ${exitCode}`;
  }
  expect(told).toContain(why);
  expect(told).toMatch(/ 2$/);
});
