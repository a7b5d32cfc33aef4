/** Protocols as machines: input and time in, outputs and a deadline out. */
import type { Millis } from './ports.ts';

export interface Machine<Input, Output> {
  /** All that follows from the input, in order. Never calls back, waits or logs. */
  step(input: Input | { readonly type: 'timeout' }, now: Millis): readonly Output[];
  /** When the next timeout is due. */
  readonly deadline: Millis | undefined;
}
