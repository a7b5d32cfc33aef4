/** What goes wrong, and what is told, in the form in which API, log and page have it. */
import type { Explanation } from '@coequal/contract';
import { LocalFault, PeerFault } from '@coequal/base';
import type { FaultDetails } from '@coequal/base';
import { describeError } from '../cli/faults.ts';

export function explain(error: unknown): Explanation {
  const { code, message, hint } = describeError(error);
  const details = error instanceof LocalFault || error instanceof PeerFault ? error.details : {};
  return { code, details: definite(details), text: message, ...(hint !== undefined && { hint }) };
}

/** Without what is undefined, as JSON has it. */
export function definite(details: FaultDetails): Explanation['details'] {
  const entries = Object.entries(details).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Explanation['details'];
}
