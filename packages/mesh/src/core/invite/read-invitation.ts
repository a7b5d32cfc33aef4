/** What somebody pasted or typed: a link, or a code that was said. */
import { parseInvitation } from './invitation-link.ts';
import type { InvitationLink } from './invitation-link.ts';
import { looksLikeCode, parseCode } from './spoken-code.ts';

export type InvitationRead =
  | { readonly type: 'code' }
  | { readonly type: 'link'; readonly link: InvitationLink };

/** Throws LocalFault `BAD_INVITATION`, `INVITATION_TOO_NEW`, `BAD_CODE`. */
export function readInvitation(text: string): InvitationRead {
  if (!looksLikeCode(text)) return { type: 'link', link: parseInvitation(text) };
  parseCode(text);
  return { type: 'code' };
}
