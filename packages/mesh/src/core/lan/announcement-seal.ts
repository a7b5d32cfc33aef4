/** What all announcements have in common: a version, a tag, and sealed for those who know the tag what it leads to. */
import { ByteReader, PeerFault } from '@coequal/base';
import { formatHex } from '@coequal/base';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { TAG_LENGTH } from './lan-tag.ts';
import type { LanKeys } from './lan-tag.ts';
import type { Family } from './lan-host.ts';

export const NONCE_LENGTH = 24;
/** What vouches for what is sealed. */
const SEAL_LENGTH = 16;

/** One kind of announcement: of another family of addresses there is another. */
export interface AnnouncementForm {
  readonly family: Family;
  readonly version: number;
  /** Of what is sealed. */
  readonly plainLength: number;
}

export function announcementLength({ plainLength }: AnnouncementForm): number {
  return 1 + TAG_LENGTH + NONCE_LENGTH + plainLength + SEAL_LENGTH;
}

/** Throws PeerFault `BAD_LAN_ANNOUNCEMENT` for bytes of none of these. */
export function formOf(bytes: Uint8Array, forms: readonly AnnouncementForm[]): AnnouncementForm {
  const form = forms.find(({ version }) => version === bytes[0]);
  if (form === undefined || bytes.length !== announcementLength(form))
    throw new PeerFault('BAD_LAN_ANNOUNCEMENT', { length: bytes.length });
  return form;
}

export function sealAnnouncement(
  { version }: AnnouncementForm,
  plain: Uint8Array,
  keys: LanKeys,
  nonce: Uint8Array,
): Uint8Array {
  const head = new Uint8Array([version, ...keys.tag]);
  const sealed = xchacha20poly1305(keys.sealKey, nonce, head).encrypt(plain);
  return new Uint8Array([...head, ...nonce, ...sealed]);
}

/** The tag alone, which says who else might have to look. The form of these bytes is known to be good. */
export function tagOf(bytes: Uint8Array): string {
  return formatHex(bytes.subarray(1, 1 + TAG_LENGTH));
}

/** What is sealed, with the keys of its tag. Throws PeerFault `BAD_LAN_ANNOUNCEMENT` for what others made. */
export function openAnnouncement(bytes: Uint8Array, { tagText, sealKey }: LanKeys): ByteReader {
  if (tagOf(bytes) !== tagText)
    throw new PeerFault('BAD_LAN_ANNOUNCEMENT', { reason: 'another tag' });
  const reader = new ByteReader(bytes);
  const head = reader.bytes(1 + TAG_LENGTH);
  const nonce = reader.bytes(NONCE_LENGTH);
  try {
    return new ByteReader(xchacha20poly1305(sealKey, nonce, head).decrypt(reader.rest()));
  } catch (cause) {
    throw new PeerFault('BAD_LAN_ANNOUNCEMENT', { reason: 'not sealed by it' }, { cause });
  }
}
