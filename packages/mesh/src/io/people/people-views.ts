/** Invitations of both sides, as whoever shows them sees them. */
import type { AcceptanceView } from './acceptances.ts';
import type { CodeSearchView } from './code-searches.ts';
import type { InvitationRecord } from './invitation-book.ts';
import type { ShownCode } from './spoken-codes.ts';

export type InvitationView = InvitationRecord & { readonly code: ShownCode | undefined };

export type AcceptanceReport =
  | (AcceptanceView & { readonly type: 'link' })
  | (CodeSearchView & { readonly type: 'code' });
