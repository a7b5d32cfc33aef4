/** The live updates of `GET /api/v1/events`: server-sent events, numbered, with resume. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Count } from './fields.ts';
import { Creation, LogEntry, Status } from './peer-status.ts';
import { TransferDelta } from './transfers.ts';

export const PeerEvent = Type.Union([
  /** About once a second while something changes. */
  Type.Object({ type: Type.Literal('transfers'), delta: TransferDelta }),
  Type.Object({ type: Type.Literal('status'), status: Status }),
  /** Also what a person is to be told: completed, failed, disk full. */
  Type.Object({ type: Type.Literal('log'), entry: LogEntry }),
  Type.Object({ type: Type.Literal('creation'), creation: Creation }),
  Type.Object({ type: Type.Literal('settings') }),
  Type.Object({ type: Type.Literal('categories') }),
  /** The identity, its devices, a pairing or a comparison is not as it was. */
  Type.Object({ type: Type.Literal('identity') }),
  /** What was sent, or the inbox, is not as it was; at most once a second. */
  Type.Object({ type: Type.Literal('sends') }),
  /** A guest link, or what goes over one, is another; at most twice a second. */
  Type.Object({ type: Type.Literal('guest-links') }),
  /** A contact, or how one is reached, is not as it was. */
  Type.Object({ type: Type.Literal('contacts') }),
  /** An invitation, or accepting one. */
  Type.Object({ type: Type.Literal('invitations') }),
  /** What was sent, or the inbox, is not as it was; at most once a second. */
  Type.Object({ type: Type.Literal('sends') }),
  /** A guest link, or what goes over one, is another; at most twice a second. */
  Type.Object({ type: Type.Literal('guest-links') }),
  /** So many events are gone: ask for everything again. */
  Type.Object({ type: Type.Literal('lagged'), dropped: Count }),
]);
export type PeerEvent = Static<typeof PeerEvent>;
