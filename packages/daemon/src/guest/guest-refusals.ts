/** What guests are told when something does not work, by the code of what went wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalFault, PeerFault } from '@coequal/base';
import { errnoOf } from '../errno.ts';
import { problemPage } from './guest-page.ts';
import { WORDS } from './guest-words.ts';
import type { GuestLanguage, GuestProblem } from './guest-words.ts';

interface Refusal {
  readonly status: number;
  readonly problem: GuestProblem;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  GUEST_UNKNOWN: { status: 404, problem: 'unknown' },
  GUEST_ENDED: { status: 410, problem: 'ended' },
  GUEST_USED_UP: { status: 410, problem: 'used-up' },
  GUEST_STOPPED: { status: 403, problem: 'stopped' },
  GUEST_CONTENT_CHANGED: { status: 410, problem: 'changed' },
  GUEST_TOO_MANY_TRIES: { status: 429, problem: 'too-many-tries' },
  GUEST_BUSY: { status: 503, problem: 'busy' },
  GUEST_METHOD: { status: 405, problem: 'refused' },
  GUEST_RANGE: { status: 416, problem: 'refused' },
  FORBIDDEN_HOST: { status: 403, problem: 'refused' },
  FORBIDDEN_ORIGIN: { status: 403, problem: 'refused' },
  UPLOADS_OFF: { status: 403, problem: 'no-uploads' },
  UPLOAD_NO_LENGTH: { status: 411, problem: 'no-length' },
  UPLOAD_OFFSET: { status: 409, problem: 'refused' },
  UPLOAD_OVERRUN: { status: 400, problem: 'refused' },
  UPLOAD_TOO_LONG: { status: 413, problem: 'too-long' },
  UPLOADS_TOO_MANY: { status: 403, problem: 'too-many' },
  UPLOAD_NO_SPACE: { status: 507, problem: 'no-space' },
};

/** Whoever left, or was too slow, is told nothing: there is nobody who would read it. */
const GONE: ReadonlySet<string> = new Set(['GUEST_LEFT', 'GUEST_TOO_SLOW']);
/** Of those what the person here should know, too. */
const OURS: ReadonlySet<string> = new Set(['UPLOAD_NO_SPACE', 'GUEST_CONTENT_CHANGED']);

/** Answers, or closes the connection where an answer has begun. Whether it is ours to bear. */
export function refuseGuest(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  language: GuestLanguage,
  isUpload: boolean,
): boolean {
  const code = error instanceof LocalFault || error instanceof PeerFault ? error.code : '';
  const known = REFUSALS[code];
  const isCut = request.errored !== null || (request.destroyed && !request.complete);
  const hasLeft = response.destroyed || isCut || GONE.has(code);
  if (hasLeft || response.headersSent) {
    response.destroy();
    return OURS.has(code) || (known === undefined && !hasLeft);
  }
  const { status, problem } = known ?? unforeseen(error);
  if (error instanceof LocalFault && code === 'UPLOAD_OFFSET')
    response.setHeader('upload-offset', Number(error.details['offset'] ?? 0));
  if (status === 429 || status === 503) response.setHeader('retry-after', '60');
  if (status === 405) response.setHeader('allow', isUpload ? 'GET, HEAD, PUT' : 'GET, HEAD');
  if (request.method === 'PUT') response.setHeader('connection', 'close');
  const text = isUpload ? WORDS[language].problems[problem] : problemPage(problem, language);
  response.writeHead(status, {
    'content-type': `text/${isUpload ? 'plain' : 'html'}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
  return known === undefined || OURS.has(code);
}

function unforeseen(error: unknown): Refusal {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '');
  return isFull ? { status: 507, problem: 'no-space' } : { status: 500, problem: 'failed' };
}
