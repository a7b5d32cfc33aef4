/** What the journal's codes say in English. The page has them in its languages. */
import type { Explanation } from '@coequal/contract';

type Details = Explanation['details'];

const WORDS: Readonly<Record<string, (details: Details) => string>> = {
  PEER_STARTED: ({ version }) => `Coequal ${version} started`,
  PEER_STOPPED: () => 'Coequal stopped',
  SET_UP: () => 'the first-run page was answered',
  SERVICE_FAILED: ({ service, problem }) => `${service} failed and is tried again: ${problem}`,
  TRANSFER_ADDED: ({ name }) => `"${name}" was added`,
  TRANSFER_COMPLETED: ({ name }) => `"${name}" is complete: every byte is verified`,
  TRANSFER_REMOVED: ({ name }) => `"${name}" was removed`,
  TRANSFERS_IMPORTED: ({ count, program }) => `${count} transfers of ${program} were taken over`,
  DATA_KEPT: ({ name, files }) => `${files} files of "${name}" could not be deleted`,
  TRANSFER_MOVED: ({ name, path }) => `"${name}" was moved to ${path}`,
  CONTACT_JOINED: ({ name }) => `${name} is a contact now`,
  OWN_LIST_NEW: () => 'the list of your devices was changed on another one, and is taken over',
  OFFER_CAME: ({ person, name }) => `${person} offers "${name}"`,
  OFFER_COMPLETED: ({ person, name }) => `"${name}", from ${person}, is here and verified`,
  SEND_FAULT: ({ name, code }) => `the peer of ${name} broke the rules of sending (${code})`,
  PORT_MAPPED: ({ router, port }) => `the router ${router} lets peers in at port ${port}`,
  PORT_NOT_MAPPED: ({ reason }) => `no router lets peers in: ${reason}`,
  WATCHED_REFUSED: ({ path, problem }) => `${path} cannot be added: ${problem}`,
  SIGNED_IN: () => 'a browser signed in',
  DEVICE_SIGNED_IN: ({ name, address }) =>
    `${name === 'unknown' ? 'another device' : name} signed in, from ${address}`,
  PAGE_OPENED: ({ url }) => `other devices can open the page, at ${url}`,
  GUEST_LINK_MADE: ({ title }) => `a link for guests was made: "${title}"`,
  GUEST_LINK_ENDED: ({ title }) => `the link for guests "${title}" was ended`,
  GUEST_UPLOADED: ({ path }) => `a guest put a file here: ${path}`,
  PAGE_CLOSED: () => 'the page is closed to other devices, and all of them are signed out',
  PAGE_CERTIFICATE_MADE: ({ fingerprint }) =>
    `the page has a new certificate, with the SHA-256 fingerprint ${fingerprint}`,
  SIGN_IN_REFUSED: ({ address }) => `somebody at ${address} tried to sign in with a wrong secret`,
  SETTINGS_CHANGED: ({ keys }) => `settings changed: ${keys}`,
};

/** All that is told so. */
export const JOURNAL_CODES: readonly string[] = Object.keys(WORDS);

export function journalWords(code: string, details: Details): string {
  return WORDS[code]?.(details) ?? code;
}
