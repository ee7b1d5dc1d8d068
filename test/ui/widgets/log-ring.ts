/** A log ring of a few lines for tests, as bounded as the real one, and fed by hand. */
import type { LogEntry } from '../../../src/cluster/model.ts';
import type { LogRing } from '../../../src/cluster/tail-contract.ts';

export interface TestRing extends LogRing {
  push(...messages: (string | Partial<LogEntry>)[]): void;
}

export function testRing(capacity = 1_000): TestRing {
  const entries: LogEntry[] = [];
  let dropped = 0;
  return {
    get first() {
      return dropped;
    },
    get end() {
      return dropped + entries.length;
    },
    get dropped() {
      return dropped;
    },
    bytes: 0,
    at: (sequence) => entries[sequence - dropped],
    push(...messages) {
      for (const message of messages) {
        entries.push({
          timeUs: Date.UTC(2014, 10, 22, 16, 33, 23, 500) * 1000,
          machineId: 'a'.repeat(32),
          ip: '10.0.0.12',
          unit: 'etcd.service',
          priority: 6,
          identifier: 'etcd',
          cursor: null,
          message: '',
          ...(typeof message === 'string' ? { message } : message),
        });
        if (entries.length > capacity) {
          entries.shift();
          dropped += 1;
        }
      }
    },
  };
}

export const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}`);
