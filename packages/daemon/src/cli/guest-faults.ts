/** Faults of guest links, in words: those that the person here reads. What guests read is in `guest/guest-words.ts`. */
import type { WordsOf } from './faults.ts';

export const GUEST_WORDS: Readonly<Record<string, WordsOf>> = {
  NO_SUCH_GUEST_LINK: () => ({
    message: 'there is no such link: it has ended, or was never made',
    hint: '"coequal link list" shows those that there are.',
  }),
  NO_SUCH_GUEST_TRANSFER: () => ({ message: 'there is no such transfer of a guest' }),
  GUEST_PATH_MISSING: ({ path }) => ({
    message: `there is no file or folder ${path} that can be given to a guest`,
    hint: 'Give the whole path of a file or folder that you may read.',
  }),
  GUEST_LINK_EMPTY: () => ({
    message: 'a link needs something to give, or must let guests put files here',
    hint: 'Choose a file or folder that holds something, or let guests upload.',
  }),
  GUEST_FILES_MAX: ({ files }) => ({
    message: `one link cannot give more than ${files} files`,
    hint: 'Give a part of them, or pack them into one file first.',
  }),
  TOO_MANY_GUEST_LINKS: ({ count }) => ({
    message: `there are ${count} links already`,
    hint: 'End some that are not needed any more.',
  }),
  GUEST_CONTENT_CHANGED: ({ path }) => ({
    message: `${path} is no longer what it was when the link was made`,
    hint: 'Nothing of it is given any more. End the link, and make a new one.',
  }),
  GUEST_NOT_REACHABLE: ({ reason, router, host }) => ({
    message:
      reason === 'behind'
        ? `your router opened the port, but is behind another one itself (its address is ${host}): guests from the internet do not come in`
        : `your router did not open the port: ${reason === 'silent' ? 'none answered' : `${router} refuses it`}`,
    hint: 'Guests in your network come in. For others let the port in by hand, in the settings of the router.',
  }),
  GUEST_LISTEN_FAILED: ({ address, port, errno }) => ({
    message: `the page for guests cannot be opened${address === undefined ? '' : ` at ${address}`}, port ${port ?? 'any'}${errno === undefined ? '' : ` (${errno})`}`,
    hint: 'It is tried again. "coequal doctor" may know more.',
  }),
};
