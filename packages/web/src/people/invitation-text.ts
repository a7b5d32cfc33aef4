/** Invitations in what a person pastes, drops or types. */

/** A link, wherever it stands in a text: capitals come from a QR code. */
const LINK = /coequal:invite\/[a-z2-7]{8,}/i;
/** `7-amber-river-table`, as it was heard: with spaces or dashes, in any case. */
const CODE = /^\d{1,4}([\s-]+[a-z]{2,12}){3}$/i;

/** Undefined: there is none. */
export function invitationIn(text: string): string | undefined {
  const [link] = LINK.exec(text) ?? [];
  if (link !== undefined) return link;
  const words = text.trim();
  return CODE.test(words) ? words.toLowerCase().replaceAll(/[\s-]+/g, '-') : undefined;
}
