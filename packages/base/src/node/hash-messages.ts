/** What the hasher and its workers say to each other. Small plain objects: each is copied. */
import type { FaultDetails } from '../fault.ts';
import type { DigestPlan, Digests, Span, WriteOutcome, WritePlan } from '../ports.ts';
import type { SafePath } from '../safe-path.ts';

/** `workerData`: the slots, which both sides see. */
export interface WorkerData {
  readonly memory: SharedArrayBuffer;
  readonly slotLength: number;
}

export type Command =
  | { readonly type: 'write'; readonly id: number; readonly plan: WritePlan }
  | {
      readonly type: 'read';
      readonly id: number;
      readonly spans: readonly Span[];
      readonly digests: DigestPlan;
    }
  | { readonly type: 'release'; readonly id: number; readonly path: SafePath }
  | { readonly type: 'end' };

export type Result =
  | ({ readonly type: 'written' } & WriteOutcome)
  | { readonly type: 'read'; readonly digests: Digests | undefined }
  | { readonly type: 'released' }
  | { readonly type: 'failed'; readonly code: string; readonly details: FaultDetails };

export interface Reply {
  readonly id: number;
  readonly result: Result;
}
