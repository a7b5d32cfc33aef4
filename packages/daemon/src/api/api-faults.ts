/** What a fault is in HTTP: a status, and the same words that a command has. */
import { LocalFault, PeerFault } from '@coequal/base';
import { API_CODES } from '@coequal/contract';
import type { Explanation } from '@coequal/contract';
import { explain } from '../peer/explain.ts';

export interface Refusal {
  readonly status: number;
  readonly explanation: Explanation;
}

/** What was given cannot be used; every other fault of ours is a conflict with how things are. */
const UNUSABLE = /^(BAD_|METAINFO_|BENCODE_|SETTING_WRONG|SETTING_UNKNOWN|MAGNET_)/;

export function refusalOf(error: unknown): Refusal {
  const explanation = explain(error);
  const own: Readonly<Record<string, number>> = API_CODES;
  const status = own[explanation.code];
  if (status !== undefined) return { status, explanation };
  if (error instanceof PeerFault) return { status: 422, explanation };
  if (error instanceof LocalFault)
    return { status: UNUSABLE.test(explanation.code) ? 422 : 409, explanation };
  // what a bug says is for the log, not for who asked
  return { status: 500, explanation: { ...explanation, code: 'INTERNAL', details: {} } };
}
