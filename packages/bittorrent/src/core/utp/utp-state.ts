/** What a uTP connection (BEP 29) is in, from the SYN to the end. */
import type { Millis } from '@coequal/base';

export type UtpState =
  | { readonly type: 'syn-sent' }
  /** The other side has not shown yet that it is where it says. */
  | { readonly type: 'syn-received' }
  | { readonly type: 'open' }
  /** We have said our last word, and wait for it to be heard. */
  | { readonly type: 'closing'; readonly since: Millis }
  | { readonly type: 'closed'; readonly why: 'reset' | 'silence' | 'finished' };
