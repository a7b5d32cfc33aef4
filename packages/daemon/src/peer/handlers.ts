/** What answers each route of the API. */
import type { Handlers } from '../api/handler.ts';
import { identityHandlers } from '../people/identity-handlers.ts';
import { peopleHandlers } from '../people/people-handlers.ts';
import { sendHandlers } from '../people/send-handlers.ts';
import { guestHandlers } from '../people/guest-handlers.ts';
import { stagingHandlers } from '../people/staging-handlers.ts';
import { importHandlers } from './import-handlers.ts';
import { peerHandlers } from './peer-handlers.ts';
import { remotePageHandlers } from './remote-page-handlers.ts';
import type { RunningPeer } from './running-peer.ts';
import { transferHandlers } from './transfer-handlers.ts';

export function createHandlers(peer: RunningPeer): Handlers {
  return {
    ...transferHandlers(peer),
    ...importHandlers(peer),
    ...peopleHandlers(() => peer.people.desks),
    ...guestHandlers(peer.guestLinks),
    ...identityHandlers(() => peer.identity.desks),
    ...peerHandlers(peer),
    ...remotePageHandlers(peer),
    ...sendHandlers(() => peer.people.sends),
    ...stagingHandlers(() => peer.people.staging),
  };
}
