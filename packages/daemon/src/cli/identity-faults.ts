/** Faults of the person's identity and devices, in words. */
import type { FaultDetails } from '@coequal/base';
import type { WordsOf } from './faults.ts';

const ELSEWHERE = 'Do it on the device that has the words, or enter the words here first.';

export const IDENTITY_WORDS: Readonly<Record<string, WordsOf>> = {
  IDENTITY_EXISTS: () => ({
    message: 'this device has an identity already',
    hint: 'Another one needs another folder: --home.',
  }),
  NO_IDENTITY: () => ({
    message: 'there is no identity yet',
    hint: 'Make one with "coequal id create", restore one from words with "coequal id restore", or join another device of yours with "coequal devices join".',
  }),
  BAD_WORDS: ({ problem, position }) => ({
    message:
      problem === 'COUNT'
        ? 'these are not 24 words'
        : problem === 'UNKNOWN'
          ? `word ${position} is not one of the list`
          : 'each word is one of the list, but together they are not right: one is another, or two are swapped',
    hint: 'Compare them with what you wrote down, word by word.',
  }),
  OTHER_WORDS: () => ({
    message: 'these are the words of another person than the one this device belongs to',
    hint: 'Nothing was changed.',
  }),
  WORDS_DIFFER: ({ positions }) => ({
    message: `not what was shown: word ${positions}`,
    hint: 'Look at the words again, correct what you wrote down, and try once more.',
  }),
  WORDS_NOT_HERE: () => ({
    message: 'the words are not on this device: it joined another one',
    hint: ELSEWHERE,
  }),
  PASS_PHRASE_MISSING: () => ({ message: 'the pass phrase is needed for this' }),
  PASS_PHRASE_NOT_SET: () => ({
    message:
      'the words were checked, and are shown again only with a pass phrase, which is not set',
    hint: 'Set one: "coequal id passphrase".',
  }),
  IDENTITY_LOCKED: () => ({
    message: 'the words are sealed, and this has to be signed by them',
    hint: 'Unlock them with the pass phrase first.',
  }),
  IDENTITY_UNREADABLE: ({ path }) => ({
    message: `${path} is damaged, or was written by a later version of Coequal`,
    hint: 'Restore it from a backup; or move it away, and restore the identity from its words.',
  }),
  NO_SUCH_DEVICE: () => ({
    message: 'there is no such device',
    hint: 'See "coequal devices list" for those that are there.',
  }),
  DEVICE_AMBIGUOUS: ({ device, count }) => ({
    message: `"${device}" could be any of ${count} devices`,
    hint: 'Give more of its key.',
  }),
  NOT_THIS_DEVICE: () => ({
    message: 'a device cannot revoke itself',
    hint: 'Do it on another device of yours that has the words.',
  }),
  BAD_DEVICE_NAME: () => ({
    message: 'this cannot be the name of a device',
    hint: 'Use up to 64 bytes of letters, digits and spaces between them.',
  }),
  TOO_MANY_DEVICES: ({ max }) => ({
    message: `a person has at most ${max} devices`,
    hint: 'Revoke one that is not used any more.',
  }),
  TOO_MANY_REVOKED: ({ max }) => ({
    message: `${max} devices were revoked already, and none is ever forgotten`,
  }),
  INPUT_ENDED: () => ({
    message: 'an answer was expected, and nothing more came in',
    hint: 'Type it in a terminal, or pipe it in, one answer a line.',
  }),
  NOT_CONFIRMED: () => ({ message: 'nothing was done, as it was not confirmed' }),
  PASS_PHRASES_DIFFER: () => ({ message: 'the two pass phrases are not the same' }),
  PAIRING_DECLINED: () => ({ message: 'the other device said no' }),
  PAIRING_ENDED: () => ({
    message: 'adding the device was not finished',
    hint: 'Nothing was changed. Begin again on both devices.',
  }),
};

type Words = ReturnType<WordsOf>;

/** What of the identity is not possible now, by the code's detail `what`. */
const NOT_NOW: Readonly<Record<string, Words>> = {
  'word-check': {
    message: 'no words were asked for',
    hint: 'Begin again: after a wrong answer others are asked for.',
  },
  links: {
    message: 'other devices cannot be reached from here yet',
    hint: 'Set the peer up on its page first, and do not start it with --offline.',
  },
  directory: {
    message: 'the directory in which devices find each other cannot be reached',
    hint: 'See whether this computer is on the Internet, and whether contacts are found over it: that is a setting.',
  },
  pairing: { message: 'a device is being added already', hint: 'Finish or cancel that first.' },
  answer: { message: 'nobody waits for an answer' },
  comparison: {
    message: 'words are being compared with this contact already',
    hint: 'Say whether they are the same first.',
  },
};

export function identityNotNow(what: FaultDetails[string]): Words | undefined {
  return NOT_NOW[String(what)];
}
