/**
 * Transmission's RPC (docs/rpc-spec.md of transmission/transmission) at /transmission/rpc: each request must have the
 * session id that the first one is told with status 409, which no foreign page can read.
 */
import { randomBytes } from 'node:crypto';
import { LocalFault } from '@coequal/base';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { Caller } from '../../api/access.ts';
import { goneSignal } from '../../api/api-routes.ts';
import { requireOn } from '../compat.ts';
import type { AddCompat, CompatParts } from '../compat.ts';
import { Arguments } from './arguments.ts';
import { answerText } from './messages.ts';
import { METHODS } from './methods.ts';
import { RPC_VERSION_SEMVER } from './session.ts';
import { TorrentIds } from './torrent-ids.ts';

/** Some clients end it with a slash. */
const PATHS = ['/transmission/rpc', '/transmission/rpc/'];
/** A .torrent file of 16 MiB in base64, and what surrounds it. */
const BODY_LENGTH_MAX = 23_000_000;
const SESSION_ID_BYTES = 36;
/** Of a header that is looked at. */
const AUTHORIZATION_LENGTH_MAX = 1_000;

export const addTransmission: AddCompat = (scope, parts) => {
  const sessionId = randomBytes(SESSION_ID_BYTES).toString('base64url');
  const { clock } = parts;
  const shared = {
    parts,
    clock,
    sessionId,
    startedAt: clock.now(),
    ids: new TorrentIds(parts.transfers, clock),
  };
  const callers = new WeakMap<FastifyRequest, Caller>();
  takeAnyType(scope);
  const options: RouteShorthandOptions = {
    bodyLimit: BODY_LENGTH_MAX,
    // before the body is read: who may not call is not listened to
    onRequest: (request, reply, done) => {
      requireOn('speaksTransmission', parts, request.url.slice(0, 200));
      callers.set(request, identify(request, reply, parts));
      if (request.headers['x-transmission-session-id'] === sessionId) done();
      else tellSession(reply, sessionId);
    },
  };
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const caller = callers.get(request);
    if (caller === undefined) throw new LocalFault('NOT_SIGNED_IN');
    const signal = goneSignal(reply);
    const call = { ...shared, caller, signal };
    const { body } = request;
    const text = body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
    let calls = 0;
    try {
      const answer = await answerText(text, async (name, values) => {
        calls += 1;
        // the first was counted with the request
        if (calls > 1) parts.limits.spend(caller.name);
        const method = METHODS.get(name);
        return method && (await method(new Arguments(values), call));
      });
      return answer === undefined ? reply.status(204).send() : reply.send(answer);
    } catch (error) {
      // whoever asked went away before the answer: that is no bug
      if (signal.aborted && error === signal.reason) return reply.hijack();
      throw error;
    }
  };
  for (const path of PATHS) scope.post(path, options, handle);
};

/** Clients say that they send a form, plain text, or nothing. A page that could send those lacks the session id. */
function takeAnyType(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
}

/** By HTTP Basic with any name and the secret as password, or as the API has it; no cookie will do. */
function identify(request: FastifyRequest, reply: FastifyReply, parts: CompatParts): Caller {
  // it is what makes programs send a password, and is of no use once that was right
  void reply.header('www-authenticate', 'Basic realm="Coequal", charset="UTF-8"');
  const { authorization = '' } = request.headers;
  if (authorization === '') throw new LocalFault('NOT_SIGNED_IN');
  const headers = { authorization: asBearer(authorization.slice(0, AUTHORIZATION_LENGTH_MAX)) };
  const caller = parts.access.identify({ method: request.method, headers }, request.ip);
  parts.limits.spend(caller.name);
  parts.access.requireScope(caller, 'transfers');
  void reply.removeHeader('www-authenticate');
  return caller;
}

function asBearer(authorization: string): string {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(authorization) ?? [];
  if (encoded === undefined) return authorization;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return `Bearer ${text.slice(text.indexOf(':') + 1)}`;
}

function tellSession(reply: FastifyReply, sessionId: string): void {
  void reply
    .status(409)
    .headers({
      'x-transmission-session-id': sessionId,
      'x-transmission-rpc-version': RPC_VERSION_SEMVER,
    })
    .send({ error: 'send the header X-Transmission-Session-Id of this answer' });
}
