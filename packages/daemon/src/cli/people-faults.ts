/** Faults of contacts and invitations, in words. */
import type { WordsOf } from './faults.ts';

const ASK_FOR_ANOTHER = 'Ask for a new invitation.';

export const PEOPLE_WORDS: Readonly<Record<string, WordsOf>> = {
  PEOPLE_OFF: () => ({
    message: 'this peer is not in touch with anybody yet',
    hint: 'Make your identity first: "coequal id create", or on the page. If you have one, "coequal doctor" says what is wrong.',
  }),
  NO_SUCH_INVITATION: ({ id }) => ({
    message: id === undefined ? 'there is no such invitation' : `there is no invitation "${id}"`,
    hint: 'See "coequal invite --list" for those that are there.',
  }),
  CONTACT_AMBIGUOUS: ({ contact }) => ({
    message: `there are several contacts "${contact}"`,
    hint: 'Name one by the beginning of its key: "coequal contacts" shows them.',
  }),
  BAD_INVITATION: () => ({
    message: 'this is no invitation, or it is damaged',
    hint: 'Copy the whole link, from "coequal:invite/" to its end.',
  }),
  INVITATION_TOO_NEW: () => ({
    message: 'this invitation was made by a later version of Coequal',
    hint: 'Get the newest version, then open the link again.',
  }),
  INVITATION_EXPIRED: () => ({
    message: 'this invitation is no longer valid',
    hint: ASK_FOR_ANOTHER,
  }),
  INVITATION_REFUSED: () => ({
    message: 'this invitation was used already, or taken back',
    hint: ASK_FOR_ANOTHER,
  }),
  INVITATION_USED: () => ({
    message: 'this invitation was used up',
    hint: ASK_FOR_ANOTHER,
  }),
  INVITATION_REVOKED: () => ({
    message: 'this invitation was taken back',
    hint: ASK_FOR_ANOTHER,
  }),
  INVITATION_UNKNOWN: () => ({
    message: 'the device that answered does not know this invitation',
    hint: `It was told nothing. ${ASK_FOR_ANOTHER}`,
  }),
  OWN_INVITATION: () => ({
    message: 'this is an invitation of your own',
    hint: 'Send it to the person whom you want to invite.',
  }),
  WRONG_INVITER: () => ({
    message: 'who answered is not the person that the invitation names',
    hint: 'Nothing was told to them. Ask for a new invitation, in another way.',
  }),
  BAD_CODE: ({ near }) => ({
    message: 'this is no spoken code: it is a number and three words, such as 7-amber-river-table',
    hint: near
      ? `One word is not of the list. Was it "${near}"?`
      : 'Say it to each other once more.',
  }),
  BAD_ADDRESS_CARD: () => ({
    message: 'this is no address of a device, or it is damaged',
    hint: 'Copy the whole line, from "coequal:at/" to its end: "coequal contacts address" shows it on the other device.',
  }),
  CODE_WRONG: () => ({
    message: 'the words are not those that the other side has',
    hint: 'Say the code to each other once more. After three wrong ones it is good for nothing.',
  }),
  CODE_NOT_FOUND: () => ({
    message: 'nobody waits with this code',
    hint: 'It is good for ten minutes. Check the number and the first word, or ask for a new one.',
  }),
  DEVICE_UNREACHABLE: () => ({
    message: 'the other device is not reached yet',
    hint: 'It is tried again. Their peer has to run, too.',
  }),
  THEY_ARE_BUSY: () => ({ message: 'the other device is busy', hint: 'It is tried again.' }),
  PROTOCOL_REFUSED: () => ({
    message: 'the other device does not listen to this now',
    hint: 'It is tried again. It may know nothing of this invitation.',
  }),
  THEY_LEFT: () => ({
    message: 'the other device broke it off',
    hint: 'It is tried again, or try it yourself once more.',
  }),
  CONNECTION_LOST: connectionBroke,
  LINK_LOST: connectionBroke,
  INVITE_TIMEOUT: tookTooLong,
  PROOF_TIMEOUT: tookTooLong,
  DEVICE_NOT_CERTIFIED: notProven,
  BAD_SIGNATURE: notProven,
  DEVICE_REVOKED: () => ({
    message: 'the person whose device this was has taken it out',
    hint: 'Ask for a new invitation, made on another device.',
  }),
  LAN_UNUSABLE: () => ({
    message: 'contacts in the local network cannot be looked for',
    hint: 'They are still found over the Internet. Another program may hold the port of mDNS (5353).',
  }),
  RENDEZVOUS_FAILED: () => ({
    message: 'no network took the code: neither the internet nor a local network',
    hint: 'Use the link or its QR code, or try again when you are connected.',
  }),
  NO_MEETING_PLACE: () => ({
    message:
      'words to say need the people directory or the local network, and this peer may use neither',
    hint: 'Use the link or its QR code, or turn on "find people nearby" in the settings.',
  }),
  CONTACTS_FULL: ({ max }) => ({
    message: `there are ${max} contacts, which is as many as there can be`,
    hint: 'Remove some first.',
  }),
  THEY_ARE_FULL: () => ({
    message: 'the other side has as many contacts as there can be',
    hint: 'Tell them: they can remove some, and you try again.',
  }),
  INVITATIONS_FULL: ({ max }) => ({
    message: `there are ${max} open invitations, which is as many as there can be`,
    hint: 'Take some back first.',
  }),
  TOO_MANY_ACCEPTANCES: ({ max }) => ({
    message: `${max} invitations are being accepted already`,
    hint: 'Wait until one is done, or give one up.',
  }),
  BAD_NAME: () => ({
    message: 'a name has 1 to 64 bytes, and nothing in it that is not seen',
    hint: 'Choose a shorter or simpler one.',
  }),
  FORKED_DEVICE_LIST: () => ({
    message: "two lists of this contact's devices contradict each other",
    hint: 'The one that came first counts. Ask them to look at their devices, and to change one.',
  }),
  OWN_DEVICE_REVOKED: () => ({
    message: 'this device was taken out of your list on another one: it is nobody’s any more',
    hint: 'If that was not you, take the list in hand on a device that has the 24 words. To use this one again, restore it from the words, or join anew.',
  }),
  OWN_LISTS_DIFFER: () => ({
    message: 'two of your devices changed the list of your devices without knowing of each other',
    hint: 'Unlock the words on a device that has them ("coequal devices list" asks): it signs one list of both.',
  }),
  OWN_CLOCK_DIFFERS: ({ name, minutes }) => ({
    message: `the clocks of this device and of "${name}" differ by ${minutes ?? 'many'} minutes`,
    hint: 'Until one of them is set right, they do not share contacts: the wrong one would always win.',
  }),
  OWN_DEVICE_PROBLEM: ({ name, problem }) => ({
    message: `"${name}" and this device do not have the same contacts (${problem})`,
    hint: 'It is tried again. Have both run the newest version.',
  }),
  REVOKED_CAME_BACK: () => ({
    message: 'a device that this contact had taken out is in their list again',
    hint: 'The list was not taken. Ask them, in another way, whether that is theirs.',
  }),
};

function connectionBroke(): ReturnType<WordsOf> {
  return { message: 'the connection broke', hint: 'It is tried again.' };
}

function tookTooLong(): ReturnType<WordsOf> {
  return { message: 'the other device took too long to answer' };
}

function notProven(): ReturnType<WordsOf> {
  return {
    message: 'who answered could not prove who they are',
    hint: 'They were told nothing. Ask for a new invitation, in another way.',
  };
}
