/** Owns events as JSON records: times as ISO 8601, errors as their parts. Scripts read these (`up -o json`, `down -o json`). */
import type { ChangeEvent } from '../cluster/change.ts';
import { errorParts } from '../cluster/errors.ts';
import type { StackEvent } from '../cluster/ports.ts';
import type { UndoEvent } from '../cluster/undo.ts';

const stackEvent = (event: StackEvent): Record<string, unknown> => ({
  ...event,
  at: new Date(event.at).toISOString(),
});

/** One record for one event. */
export function eventRecord(event: ChangeEvent | UndoEvent): Record<string, unknown> {
  const { at, ...rest } = event;
  const record: Record<string, unknown> = { time: new Date(at).toISOString(), ...rest };
  if (event.type === 'stack-event') record.event = stackEvent(event.event);
  if (event.type === 'failed') {
    record.error = errorParts(event.error);
    record.related = event.related.map(stackEvent);
    record.consoles = event.consoles ?? [];
  }
  return record;
}
