/** Holds the errors of the Kubernetes verbs to what kubecfg really said: whole, without glog's dress. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusal } from '../../src/cluster/kube-acts.ts';

const said = (text: string, code = 255) =>
  refusal('the pod was not created', {
    stdout: new Uint8Array(),
    stderr: new TextEncoder().encode(text),
    code,
    signal: null,
    durationMs: 1,
  });
const recorded = (name: string): string =>
  readFileSync(new URL(`../fixtures/recordings/${name}.stderr`, import.meta.url), 'utf8');

test.each([
  ['kube-create-pod-json', 'pod "nolabels" already exists', 'choose another name, or delete that one first'],
  [
    'kube-err-invalid',
    `pod "x" is invalid: [desiredState.manifest.containers[0].name: invalid value 'UPPER_bad', desiredState.manifest.containers[0].image: required value '']`,
    'mend the file and try again',
  ],
  ['kube-create-minion-dead', 'The requested resource does not exist.', null],
  ['kube-rm-nonzero', 'controller has non-zero replicas (3), please stop it first', null],
])('%s', (name, why, next) => {
  expect(said(recorded(name))).toMatchObject({ why, exitCode: 1, ...(next === null ? {} : { next }) });
});

test('an API server that does not answer is told apart; success is no error', () => {
  expect(said(recorded('kube-err-apiserver-down'))).toMatchObject({ code: 'ApiUnreachable', exitCode: 1 });
  expect(
    said('I1122 16:36:47.459711 01010 request.go:274] Waiting for completion of /operations/88\n', 0),
  ).toBeNull();
});

test('a refusal of many lines is not cut', () => {
  const long = 'x'.repeat(2_000);
  const error = said(
    `F1122 16:36:53.0 01085 kubecfg.go:409] Failed to print: ${long}\nRaw received object:\n&{}\n`,
  );
  expect(error?.why).toBe(`Failed to print: ${long}; Raw received object:; &{}`);
});
