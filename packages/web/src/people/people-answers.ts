/** What the peer knows of people, under the keys that its events make stale. */
import type { Contact, Identity } from '@coequal/contract';
import { useAnswer } from '../peer/use-peer.ts';

export function useIdentity() {
  return useAnswer(['identity'], 'showIdentity', {});
}

/** There is somebody who can be in touch with others. */
export function isSomebody(identity: Identity | undefined): boolean {
  return identity !== undefined && identity.state !== 'none' && !identity.isRevoked;
}

export function useContacts(isEnabled = true) {
  return useAnswer(['contacts'], 'listContacts', {}, { isEnabled });
}

export function useInbox(isEnabled = true) {
  return useAnswer(['sends', 'inbox'], 'showInbox', {}, { isEnabled });
}

export function useSends() {
  return useAnswer(['sends', 'sent'], 'listSends', {});
}

/** What comes to be by invitations of others. */
export const ACCEPTANCES_KEY: readonly string[] = ['invitations', 'accepting'];

export function useAcceptances() {
  return useAnswer(ACCEPTANCES_KEY, 'listAcceptances', {});
}

/** Of notices about one of them. */
export function subjectOf(acceptance: string): string {
  return `acceptance ${acceptance}`;
}

export function useProfile() {
  return useAnswer(['contacts', 'profile'], 'showProfile', {});
}

/** Whoever can be sent something. */
export function canReceive({ trust, isGone }: Contact): boolean {
  return trust !== 'blocked' && !isGone;
}
