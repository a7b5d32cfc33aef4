/** Faults of what persons hand to each other, in words. */
import type { FaultDetails } from '@coequal/base';
import type { WordsOf } from './faults.ts';
import { formatBytes } from './format.ts';

export const SEND_WORDS: Readonly<Record<string, WordsOf>> = {
  NO_SUCH_CONTACT: ({ contact }) => ({
    message: `there is no contact "${contact}"`,
    hint: 'See "coequal contacts" for those that are there.',
  }),
  NO_SUCH_SEND: ({ id }) => ({
    message: id === undefined ? 'nothing of that id was sent' : `nothing that is ${id} was sent`,
    hint: 'See "coequal outbox" for what was.',
  }),
  SEND_AMBIGUOUS: ({ text, count }) => ({
    message: `"${text}" could be any of ${count} sends`,
    hint: 'Give more of the id: "coequal outbox" shows it.',
  }),
  NO_SUCH_OFFER: ({ id }) => ({
    message: id === undefined ? 'there is no such offer' : `there is no offer ${id}`,
    hint: 'See "coequal inbox" for those that are there.',
  }),
  OFFER_AMBIGUOUS: ({ text, count }) => ({
    message: `"${text}" could be any of ${count} offers`,
    hint: 'Give more of the id: "coequal inbox" shows it.',
  }),
  NO_SUCH_STAGING: () => ({
    message: 'these files are not here any more',
    hint: 'Choose them once more. What a browser broke off is deleted after some hours.',
  }),
  STAGING_FULL: () => ({
    message: 'other files are being taken over from browsers already',
    hint: 'Wait until one of them is done, or cancel it.',
  }),
  BAD_FILE_NAME: ({ name }) => ({
    message: `a file cannot be called "${name}"`,
    hint: 'Give it another name, then try again.',
  }),
  NOT_ENOUGH_SPACE: ({ needed, free, path }) => ({
    message: `there is too little room at ${path}: ${formatBytes(Number(needed))} are needed, ${formatBytes(Number(free))} are free`,
    hint: 'Make room, or choose a folder on another disk.',
  }),
  OFFER_LIES: ({ what }) => ({
    message: `what the sender offered is not what there is (${what})`,
    hint: 'Nothing of it was kept. Ask the sender to send it again.',
  }),
  SEND_TOO_LARGE: ({ length, max }) => ({
    message: `the list of the files is too long: ${formatBytes(Number(length))} of at most ${formatBytes(Number(max))}`,
    hint: 'Send fewer files at a time, or put them into an archive.',
  }),
  TOO_MANY_SENDS: ({ max }) => ({
    message: `${max} sends are under way already`,
    hint: 'Wait until some have ended, or withdraw them.',
  }),
  NAME_TWICE: ({ name }) => ({
    message: `two of the files are called "${name}"`,
    hint: 'Rename one of them, or send them one by one.',
  }),
  SEND_CHANGED: ({ path }) => ({
    message: `${path} is not what it was when it was sent`,
    hint: 'Send it again.',
  }),
};

const SEE_INBOX = '"coequal inbox" says how it is.';

/** What of sending is not possible now, by the code's detail `what`. */
const NOT_NOW: Readonly<Record<string, ReturnType<WordsOf>>> = {
  accept: { message: 'this offer does not wait for an answer any more', hint: SEE_INBOX },
  decline: { message: 'this offer has ended, and cannot be declined', hint: SEE_INBOX },
  release: { message: 'this is not in quarantine', hint: SEE_INBOX },
  forget: { message: 'this has not ended yet', hint: 'Decline or withdraw it first.' },
};

export function sendNotNow(what: FaultDetails[string]): ReturnType<WordsOf> | undefined {
  return NOT_NOW[String(what)];
}
