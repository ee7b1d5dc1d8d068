/**
 * Owns why a stack failed: the root cause among its events, and that cause in plain words with what to do. Dropped as
 * noise: resources "cancelled" because another failed, the stack's own roll-up of its resources, and the rollback.
 */
import { KubecoreError } from './errors.ts';
import type { StackEvent } from './ports.ts';
import { printable } from './printable.ts';
import { KNOWN } from './root-cause-words.ts';

export interface FailureCause {
  readonly root: StackEvent | null;
  /** The other real failures, in order. */
  readonly related: readonly StackEvent[];
}

/** Of a reason: CloudFormation cuts its own at 1,024. */
const LONGEST = 1_200;

const CANCELLED = /resource (creation|update) (was )?cancell?ed/i;
const ROLL_UP = /^The following resource\(s\) failed to (create|update|delete):/i;

/** Did a resource fail by itself: not cancelled because of another, not the stack's roll-up of its resources? */
export const isRealFailure = ({ status, reason }: StackEvent): boolean =>
  /^(CREATE|UPDATE|DELETE)_FAILED$/.test(status) &&
  !CANCELLED.test(reason ?? '') &&
  !ROLL_UP.test(reason ?? '');

/** The earliest real failure of the newest operation, and the others. */
export function findCause(events: readonly StackEvent[]): FailureCause {
  const failures = events.filter(isRealFailure);
  const creates = failures.filter(({ status }) => !status.startsWith('DELETE'));
  const [root, ...others] = creates.length > 0 ? creates : failures;
  if (root)
    return { root, related: [...others, ...failures.filter((f) => f !== root && !creates.includes(f))] };
  // No resource failed by itself: the stack may say why (a rollback "requested by user", a template error).
  const stack = events.find(
    ({ type, status, reason }) =>
      type === 'AWS::CloudFormation::Stack' && /ROLLBACK|FAILED/.test(status) && (reason ?? '') !== '',
  );
  return { root: stack ?? null, related: [] };
}

/** A reason in AWS's words, as an error that a person can act on. `what` is what was not done, `next` what helps when it is not known. */
export function explainReason(what: string, reason: string, next: string): KubecoreError {
  const said = printable(reason, LONGEST);
  for (const known of KNOWN) {
    const match = known.matches.exec(said);
    if (!match) continue;
    return new KubecoreError({
      what,
      why: known.why(match, said),
      next: typeof known.next === 'string' ? known.next : known.next(said),
      fault: known.code === 'InvalidParameter' ? 'input' : 'aws',
      code: known.code,
      cause: said,
    });
  }
  return new KubecoreError({
    what,
    why: said || 'AWS gave no reason',
    next,
    fault: 'aws',
    code: 'StackFailed',
  });
}

/** Why the stack `name` failed, from its events. `down` is the command that deletes what is left. */
export function explainFailure(
  name: string,
  status: string,
  events: readonly StackEvent[],
  down: string,
): { readonly error: KubecoreError; readonly related: readonly StackEvent[] } {
  const { root, related } = findCause(events);
  const what = `the stack "${name}" was not created`;
  const next = `delete what is left with ${down}, mend the cause, and launch again`;
  if (root === null)
    return { error: explainReason(what, `CloudFormation says ${status} and no more`, next), related };
  const error = explainReason(what, root.reason ?? status, next);
  const where = root.type === 'AWS::CloudFormation::Stack' ? '' : `${printable(root.logicalId)}: `;
  const stuck = status.endsWith('ROLLBACK_FAILED')
    ? events.find((event) => holdsBack(event, root))
    : undefined;
  const after = stuck
    ? `; its rollback failed as well, at ${printable(stuck.logicalId)}: ${explainReason(what, stuck.reason ?? '', '').why}`
    : '';
  return {
    error: new KubecoreError({
      what,
      why: `${where}${error.why}${after}`,
      next: error.next === next ? next : `${error.next}; ${down} deletes what is left`,
      // The launch ran and came to a bad end: that is the answer, not AWS refusing to listen.
      fault: 'cluster',
      code: error.code ?? 'StackFailed',
      cause: root,
    }),
    related,
  };
}

/** A failure of the way back, once the cause is past. */
const holdsBack = (event: StackEvent, root: StackEvent): boolean =>
  event !== root &&
  event.type !== 'AWS::CloudFormation::Stack' &&
  /^(DELETE|UPDATE)_FAILED$/.test(event.status) &&
  event.at >= root.at &&
  !CANCELLED.test(event.reason ?? '');
