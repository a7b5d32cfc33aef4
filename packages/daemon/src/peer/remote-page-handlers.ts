/** The routes of the page on other devices, and of who is signed in. */
import type { Handlers } from '../api/handler.ts';
import type { RunningPeer } from './running-peer.ts';

type RemotePageRoutes = 'showRemotePage' | 'pairBrowser' | 'listSessions' | 'endSession';

export function remotePageHandlers(peer: RunningPeer): Pick<Handlers, RemotePageRoutes> {
  const { access, remotePage, supervisor } = peer;
  return {
    showRemotePage() {
      const service = supervisor.report.find(({ name }) => name === remotePage.name);
      return remotePage.report(service ?? { state: 'off' });
    },
    pairBrowser: () => remotePage.pair(),
    listSessions: (_request, caller) => ({ sessions: access.sessions(caller) }),
    endSession({ params }) {
      access.endSession(params.id);
      return {};
    },
  };
}
