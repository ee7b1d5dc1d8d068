/** Whatever bytes a node sends, a reader gives rows or a KubecoreError: nothing else is thrown. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KubecoreError } from '../../../src/cluster/errors.ts';
import * as docker from '../../../src/cluster/tools/docker.ts';
import * as etcdctl from '../../../src/cluster/tools/etcdctl.ts';
import * as fleetctl from '../../../src/cluster/tools/fleetctl.ts';
import * as journalctl from '../../../src/cluster/tools/journalctl.ts';
import * as kubecfg from '../../../src/cluster/tools/kubecfg.ts';
import * as systemctl from '../../../src/cluster/tools/systemctl.ts';
import { ended } from '../fixtures.ts';

const encoder = new TextEncoder();
const KINDS = ['MinionList', 'PodList', 'ServiceList', 'ReplicationControllerList'];

/** Bytes, table-like text, JSON of any shape, and lists of the right kind with anything inside. */
const output = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(
      fc.constantFrom('a.service', '\t', '\t\t', '\n', ' ', '-', 'id/10.0.0.1', 'k=v,', '\r', '{', 'é', '●'),
      {
        maxLength: 60,
      },
    )
    .map((pieces) => encoder.encode(pieces.join(''))),
  fc.json().map((json) => encoder.encode(json)),
  fc
    .record({
      kind: fc.constantFrom(...KINDS),
      items: fc.array(
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            id: fc.jsonValue(),
            currentState: fc.jsonValue(),
            desiredState: fc.record({
              manifest: fc.record({ containers: fc.array(fc.jsonValue(), { maxLength: 3 }) }),
            }),
            labels: fc.jsonValue(),
          }),
        ),
        { maxLength: 5 },
      ),
    })
    .map((list) => encoder.encode(JSON.stringify(list))),
);

const READERS: readonly [string, (bytes: Uint8Array) => unknown][] = [
  ['fleetctl list-machines', fleetctl.readMachines],
  ['fleetctl list-units', fleetctl.readUnits],
  ['fleetctl list-unit-files', fleetctl.readUnitFiles],
  ['fleetctl failure', (bytes) => fleetctl.failure('x', ended(1, '', bytes))],
  ['fleetctl verb', (bytes) => fleetctl.verbOutcome(ended(0, bytes, bytes))],
  ['etcdctl', (bytes) => etcdctl.readQuorum(ended(1, bytes, bytes))],
  ['kubecfg minions', kubecfg.readMinions],
  ['kubecfg pods', kubecfg.readPods],
  ['kubecfg services', kubecfg.readServices],
  ['kubecfg controllers', kubecfg.readControllers],
  ['kubecfg failure', (bytes) => kubecfg.failure('x', ended(255, '', bytes))],
  ['journalctl', (bytes) => journalctl.readEntry(bytes)],
  ['systemctl list-units', systemctl.readUnits],
  ['docker ps', docker.readContainers],
];

test.each(READERS)('%s', (_name, read) => {
  fc.assert(
    fc.property(output, (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(KubecoreError);
      }
    }),
    { numRuns: 300 },
  );
});

test('what an error says is one tame line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const error = kubecfg.failure('x', ended(255, '', text));
      expect(error?.why).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(error!.why.length).toBeLessThanOrEqual(400);
    }),
  );
});
