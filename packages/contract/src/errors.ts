/** What a request that fails is answered with, and the codes that the API itself has. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Explanation } from './fields.ts';

export const ApiError = Type.Object({ error: Explanation });
export type ApiError = Static<typeof ApiError>;

/** Codes and their HTTP status. Faults of the engines come with their own codes, as 409 or 422. */
export const API_CODES = {
  BAD_REQUEST: 400,
  NOT_SIGNED_IN: 401,
  BAD_LOGIN: 401,
  SCOPE_MISSING: 403,
  FORBIDDEN_HOST: 403,
  FORBIDDEN_ORIGIN: 403,
  NO_SUCH_ROUTE: 404,
  NO_SUCH_TRANSFER: 404,
  NO_SUCH_CATEGORY: 404,
  NO_SUCH_KEY: 404,
  NO_SUCH_SESSION: 404,
  NO_SUCH_CREATION: 404,
  NO_SUCH_FOLDER: 404,
  NO_FOREIGN_STATE: 404,
  NO_SUCH_CONTACT: 404,
  NO_SUCH_DEVICE: 404,
  NO_SUCH_SEND: 404,
  NO_SUCH_OFFER: 404,
  NO_SUCH_CONTACT: 404,
  REQUEST_TIMEOUT: 408,
  ALREADY_ADDED: 409,
  SETTING_LOCKED: 409,
  NOT_POSSIBLE_NOW: 409,
  MOVE_CANCELLED: 409,
  MOVE_TARGET_EXISTS: 409,
  PAGE_NOT_OPEN: 409,
  PEOPLE_OFF: 409,
  NO_IDENTITY: 409,
  IDENTITY_EXISTS: 409,
  IDENTITY_LOCKED: 409,
  WORDS_NOT_HERE: 409,
  OTHER_WORDS: 409,
  NOT_THIS_DEVICE: 409,
  PASS_PHRASE_MISSING: 409,
  PASS_PHRASE_NOT_SET: 409,
  NOT_ENOUGH_SPACE: 409,
  TOO_LARGE: 413,
  WRONG_TYPE: 415,
  BAD_SOURCE: 422,
  BAD_WORDS: 422,
  BAD_DEVICE_NAME: 422,
  WORDS_DIFFER: 422,
  PASS_PHRASE_WRONG: 422,
  PASS_PHRASE_SHORT: 422,
  LOCKED_OUT: 429,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
} as const;
export type ApiCode = keyof typeof API_CODES;
