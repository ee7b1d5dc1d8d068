/** Owns how much is shown of AWS's words; how they are made safe is printable's. */
import { printable } from '../cluster/printable.ts';

/** Longest message passed on, in UTF-16 units. CloudFormation cuts its own reasons at 1,024. */
const LONGEST = 1_200;

/** Untrusted text of AWS as one printable line, cut when very long. */
export const plain = (text: string): string => printable(text, LONGEST);
