/** The routes by which a browser hands files to its own peer, to be sent on. Only the owner may. */
import { Nothing } from './fields.ts';
import { route } from './route.ts';
import { Send } from './sends.ts';
import {
  AtOffset,
  BeginStaging,
  ByStagedFile,
  ByStaging,
  SendStaged,
  StagedFile,
  Staging,
} from './staging.ts';

const ID = '5a'.repeat(16);
const PERSON = 'a1'.repeat(32);
/** Ten thousand files, each with a path as long as it may be. */
const FILES_BODY_LENGTH_MAX = 16_000_000;

export const STAGING_ROUTES = {
  beginStaging: route({
    method: 'POST',
    path: '/api/v1/staging',
    summary: 'Make room for files that are sent from a browser',
    scope: 'owner',
    body: BeginStaging,
    bodyLengthMax: FILES_BODY_LENGTH_MAX,
    response: Staging,
    errors: ['PEOPLE_OFF', 'BAD_FILE_NAME', 'NOT_ENOUGH_SPACE', 'STAGING_FULL'],
    example: { body: { files: [{ path: 'Holiday/lake.jpg', size: 5_300_000 }] } },
  }),
  showStaging: route({
    method: 'GET',
    path: '/api/v1/staging/{id}',
    summary: 'How much of it is here',
    scope: 'owner',
    params: ByStaging,
    response: Staging,
    errors: ['PEOPLE_OFF', 'NO_SUCH_STAGING'],
    example: { params: { id: ID } },
  }),
  showStagedFile: route({
    method: 'GET',
    path: '/api/v1/staging/{id}/files/{index}',
    summary: 'How much of one file is here: after a break it goes on from there',
    scope: 'owner',
    params: ByStagedFile,
    response: StagedFile,
    errors: ['PEOPLE_OFF', 'NO_SUCH_STAGING'],
    example: { params: { id: ID, index: '0' } },
  }),
  putStagedFile: route({
    method: 'PUT',
    path: '/api/v1/staging/{id}/files/{index}',
    summary: 'The next bytes of one file, from an offset on; what came before a break is kept',
    scope: 'owner',
    params: ByStagedFile,
    query: AtOffset,
    takesBytes: true,
    response: StagedFile,
    errors: ['PEOPLE_OFF', 'NO_SUCH_STAGING', 'NOT_POSSIBLE_NOW', 'TOO_LARGE', 'NOT_ENOUGH_SPACE'],
    example: { params: { id: ID, index: '0' }, query: { offset: 0 } },
  }),
  sendStaged: route({
    method: 'POST',
    path: '/api/v1/staging/{id}/send',
    summary: 'Offer all of it to persons; it is deleted here when the send has ended',
    scope: 'owner',
    params: ByStaging,
    body: SendStaged,
    response: Send,
    errors: ['PEOPLE_OFF', 'NO_SUCH_STAGING', 'NO_SUCH_CONTACT', 'NOT_POSSIBLE_NOW'],
    example: { params: { id: ID }, body: { to: [PERSON] } },
  }),
  holdStaged: route({
    method: 'POST',
    path: '/api/v1/staging/{id}/hold',
    summary: 'Keep it as the gift of an invitation: its id is that of the gift',
    scope: 'owner',
    params: ByStaging,
    response: Staging,
    errors: ['PEOPLE_OFF', 'NO_SUCH_STAGING', 'NOT_POSSIBLE_NOW'],
    example: { params: { id: ID } },
  }),
  cancelStaging: route({
    method: 'DELETE',
    path: '/api/v1/staging/{id}',
    summary: 'Delete what came of it, as long as it belongs to no send',
    scope: 'owner',
    params: ByStaging,
    response: Nothing,
    errors: ['PEOPLE_OFF', 'NO_SUCH_STAGING', 'NOT_POSSIBLE_NOW'],
    example: { params: { id: ID } },
  }),
} as const;
