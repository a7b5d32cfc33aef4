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
  NO_SUCH_GUEST_LINK: 404,
  NO_SUCH_GUEST_TRANSFER: 404,
  GUEST_PATH_MISSING: 404,
  REQUEST_TIMEOUT: 408,
  ALREADY_ADDED: 409,
  SETTING_LOCKED: 409,
  NOT_POSSIBLE_NOW: 409,
  MOVE_CANCELLED: 409,
  MOVE_TARGET_EXISTS: 409,
  PAGE_NOT_OPEN: 409,
  TOO_MANY_GUEST_LINKS: 409,
  TOO_LARGE: 413,
  WRONG_TYPE: 415,
  BAD_SOURCE: 422,
  GUEST_LINK_EMPTY: 422,
  GUEST_FILES_MAX: 422,
  LOCKED_OUT: 429,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
} as const;
export type ApiCode = keyof typeof API_CODES;
