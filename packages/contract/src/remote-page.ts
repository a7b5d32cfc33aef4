/** The page on other devices: where it is open, how a browser is paired with it, and who is signed in. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Count, Explanation, Nothing, Timestamp } from './fields.ts';
import { route } from './route.ts';

export const PAGE_REACHES = ['off', 'https', 'http-on-trusted-lan'] as const;

/** Of a certificate that no authority vouches for, a person compares the fingerprint. */
const PageCertificate = Type.Object({
  /** SHA-256, as browsers show it: `AB:CD:…`. */
  fingerprint: Type.String(),
  validUntil: Timestamp,
  /** Made by the peer; else given by the person. */
  isOwn: Type.Boolean(),
  names: Type.Array(Type.String()),
});

export const RemotePage = Type.Object({
  wanted: Type.Enum([...PAGE_REACHES]),
  /** `forbidden`: the peer was started with `--offline`. */
  state: Type.Enum(['off', 'forbidden', 'starting', 'open', 'failed']),
  /** Why it is forbidden or failed. */
  problem: Type.Optional(Explanation),
  port: Type.Optional(Count),
  /** Where it can be opened; the first is likely the right one. */
  addresses: Type.Array(Type.Object({ host: Type.String(), url: Type.String() })),
  certificate: Type.Optional(PageCertificate),
});
export type RemotePage = Static<typeof RemotePage>;

/** One code: whichever of the links is opened first signs that browser in, and then none of them any more. */
export const Pairing = Type.Object({
  links: Type.Array(Type.Object({ host: Type.String(), url: Type.String() })),
  validUntil: Timestamp,
  certificate: Type.Optional(PageCertificate),
});
export type Pairing = Static<typeof Pairing>;

/** Where a browser came in. `loopback`: on the peer's own computer. */
export const DOORS = ['loopback', 'https', 'http'] as const;

export const Session = Type.Object({
  id: Type.String(),
  /** Such as `Firefox, Android`; empty when the browser did not say. */
  name: Type.String(),
  door: Type.Enum([...DOORS]),
  /** Where it signed in from. */
  address: Type.String(),
  createdAt: Timestamp,
  /** To the hour. */
  usedAt: Timestamp,
  /** It is the one that asks. */
  isThis: Type.Boolean(),
});
export type Session = Static<typeof Session>;
const Sessions = Type.Object({ sessions: Type.Array(Session) });

const BySession = Type.Object({ id: Type.String({ maxLength: 64 }) });

export const REMOTE_PAGE_ROUTES = {
  showRemotePage: route({
    method: 'GET',
    path: '/api/v1/remote-page',
    summary: 'Whether and where the page is open to other devices, and with which certificate',
    scope: 'owner',
    response: RemotePage,
    errors: [],
    example: {},
  }),
  pairBrowser: route({
    method: 'POST',
    path: '/api/v1/pairings',
    summary: 'Make links that sign one browser of another device in, once; earlier ones are void',
    scope: 'owner',
    response: Pairing,
    errors: ['PAGE_NOT_OPEN'],
    example: {},
  }),
  listSessions: route({
    method: 'GET',
    path: '/api/v1/sessions',
    summary: 'Browsers that are signed in',
    scope: 'owner',
    response: Sessions,
    errors: [],
    example: {},
  }),
  endSession: route({
    method: 'DELETE',
    path: '/api/v1/sessions/{id}',
    summary: 'Sign a browser out, at once',
    scope: 'owner',
    params: BySession,
    response: Nothing,
    errors: ['NO_SUCH_SESSION'],
    example: { params: { id: '1' } },
  }),
} as const;
