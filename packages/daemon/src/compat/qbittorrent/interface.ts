/** The WebUI API of qBittorrent, version 2: for the remote controls and the programs that speak it. */
import { LocalFault } from '@coequal/base';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { goneSignal } from '../../api/api-routes.ts';
import { faultOfFramework, refusalOf } from '../../api/api-faults.ts';
import type { Caller } from '../../api/access.ts';
import { requireOn } from '../compat.ts';
import type { CompatParts } from '../compat.ts';
import { APP_CALLS, LOG_CALLS, TRANSFER_CALLS } from './app-calls.ts';
import type { Answer, Calls } from './call.ts';
import { CHANGE_CALLS } from './change-calls.ts';
import { readGiven } from './given.ts';
import type { Given } from './given.ts';
import { LOOK_CALLS } from './look-calls.ts';
import { COOKIE_NAME, Sessions, sidOf } from './sessions.ts';
import { SYNC_CALLS } from './sync-calls.ts';
import { SyncBook } from './sync-book.ts';

/** A .torrent file of 16 MiB, and what surrounds it. */
const FORM_LENGTH_MAX = 23_000_000;
/** A name and a secret: nobody has said yet who he is. */
const LOGIN_LENGTH_MAX = 10_000;
const NEEDED_SCOPE = 'transfers';

const CALLS: Readonly<Record<string, Calls>> = {
  app: APP_CALLS,
  torrents: { ...LOOK_CALLS, ...CHANGE_CALLS },
  transfer: TRANSFER_CALLS,
  sync: SYNC_CALLS,
  log: LOG_CALLS,
};

/** Refusals whose status programs look at: who gets 403 signs in again, 409 is a conflict. */
const STATUS_THERE: Readonly<Record<string, number>> = {
  NOT_SIGNED_IN: 403,
  BAD_LOGIN: 403,
  LOCKED_OUT: 403,
  NO_SUCH_CATEGORY: 409,
};

interface CallPath {
  readonly Params: { readonly part: string; readonly name: string };
}

export function addQbittorrent(scope: FastifyInstance, parts: CompatParts): void {
  const sessions = new Sessions(parts.clock);
  const sync = new SyncBook(Math.random);
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data'])
    scope.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
  scope.addHook('onRequest', async (request) => {
    requireOn('speaksQbittorrent', parts, request.url.slice(0, 200));
    checkReferer(request);
  });
  scope.setErrorHandler(refuse);
  addSignIn(scope, parts, sessions);
  scope.route<CallPath>({
    method: ['GET', 'POST'],
    url: '/api/v2/:part/:name',
    bodyLimit: FORM_LENGTH_MAX,
    // before the body is read: who may not call is not listened to
    onRequest: async (request) => {
      const caller = identify(request, parts, sessions);
      parts.limits.spend(caller.name);
      callers.set(request, caller);
    },
    async handler(request, reply) {
      const { part, name } = request.params;
      const calls = Object.hasOwn(CALLS, part) ? CALLS[part] : undefined;
      const call = calls !== undefined && Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (call === undefined) return reply.status(404).type('text/plain').send('Not Found');
      if (call.changes && request.method !== 'POST')
        return reply.status(405).type('text/plain').send('Method Not Allowed');
      const caller = callers.get(request);
      if (caller === undefined) throw new LocalFault('NOT_SIGNED_IN');
      const answer = await call.answer({
        parts,
        changeSettings: (values) => parts.changeSettings(values, caller),
        sync,
        given: givenOf(request),
        caller: sidOf(request.headers.cookie) ?? caller.name,
        signal: goneSignal(reply),
      });
      return send(reply, answer);
    },
  });
}

function addSignIn(scope: FastifyInstance, parts: CompatParts, sessions: Sessions): void {
  scope.post('/api/v2/auth/login', { bodyLimit: LOGIN_LENGTH_MAX }, async (request, reply) => {
    const secret = givenOf(request).text('password') ?? '';
    void reply.type('text/plain');
    try {
      parts.access.requireScope(bySecret(secret, request, parts), NEEDED_SCOPE);
    } catch (error) {
      if (!(error instanceof LocalFault) || error.code === 'LOCKED_OUT') throw error;
      return reply.send('Fails.');
    }
    const secure = request.protocol === 'https' ? '; Secure' : '';
    const cookie = `${COOKIE_NAME}=${sessions.open(secret)}; HttpOnly; SameSite=Strict; Path=/${secure}`;
    return reply.header('set-cookie', cookie).send('Ok.');
  });
  scope.post('/api/v2/auth/logout', { bodyLimit: LOGIN_LENGTH_MAX }, async (request, reply) => {
    sessions.close(sidOf(request.headers.cookie) ?? '');
    return reply.header('set-cookie', `${COOKIE_NAME}=; HttpOnly; Path=/; Max-Age=0`).send();
  });
}

/** By a key in the header, or by the cookie. A name and password in the header are nobody's: qBittorrent's are a form. */
function identify(request: FastifyRequest, parts: CompatParts, sessions: Sessions): Caller {
  const { authorization = '', cookie } = request.headers;
  const caller = authorization.startsWith('Bearer ')
    ? parts.access.identify(request, request.ip)
    : bySession(sidOf(cookie), request, parts, sessions);
  parts.access.requireScope(caller, NEEDED_SCOPE);
  return caller;
}

/** Throws LocalFault `NOT_SIGNED_IN`. */
function bySession(
  sid: string | undefined,
  request: FastifyRequest,
  parts: CompatParts,
  sessions: Sessions,
): Caller {
  const secret = sid === undefined ? undefined : sessions.use(sid);
  if (sid === undefined || secret === undefined) throw new LocalFault('NOT_SIGNED_IN');
  try {
    return bySecret(secret, request, parts);
  } catch {
    sessions.close(sid); // its key was revoked
    throw new LocalFault('NOT_SIGNED_IN');
  }
}

function bySecret(secret: string, { method, ip }: FastifyRequest, { access }: CompatParts): Caller {
  return access.identify({ method, headers: { authorization: `Bearer ${secret}` } }, ip);
}

/** qBittorrent looks at it, too: a form on a foreign page may come without an Origin. */
function checkReferer({ headers }: FastifyRequest): void {
  const { referer, host } = headers;
  if (referer === undefined || referer === '') return;
  if (URL.canParse(referer) && new URL(referer).host === host?.toLowerCase()) return;
  throw new LocalFault('FORBIDDEN_ORIGIN', { origin: referer.slice(0, 200) });
}

function givenOf({ url, body, headers }: FastifyRequest): Given {
  const at = url.indexOf('?');
  return readGiven(at < 0 ? '' : url.slice(at + 1), body, headers['content-type'] ?? '');
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer instanceof Buffer) return reply.type('application/x-bittorrent').send(answer);
  if (typeof answer === 'object') return reply.type('application/json').send(answer);
  return reply.type('text/plain').send(answer ?? '');
}

/** In words, as there; what is off answers as what is not there, and a bug is the server's to tell of. */
function refuse(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, explanation } = refusalOf(faultOfFramework(error));
  if (status === 500 || explanation.code === 'NO_SUCH_ROUTE') throw error;
  if (status === 413) void reply.header('connection', 'close');
  return reply
    .status(STATUS_THERE[explanation.code] ?? status)
    .type('text/plain')
    .send(explanation.text);
}
