/** The routes of the peer itself. */
import type { Handlers } from '../api/handler.ts';
import { examine } from './doctor.ts';
import { requireAbsolute } from './absolute-path.ts';
import { lookInto, requireThere } from './folders.ts';
import { reportReach } from './reach-report.ts';
import type { RunningPeer } from './running-peer.ts';

type PeerRoutes =
  | 'showStatus'
  | 'setUp'
  | 'stop'
  | 'showSpeed'
  | 'showSettings'
  | 'changeSettings'
  | 'showReach'
  | 'examine'
  | 'readLog'
  | 'listFolder'
  | 'createTorrent'
  | 'showCreation'
  | 'cancelCreation'
  | 'exportCreation'
  | 'showDemo'
  | 'beginDemo'
  | 'cancelDemo'
  | 'listApiKeys'
  | 'makeApiKey'
  | 'revokeApiKey'
  | 'makeLoginLink'
  | 'signOut';

export function peerHandlers(peer: RunningPeer): Pick<Handlers, PeerRoutes> {
  const { settings, creations, demo, access, journal } = peer;
  return {
    showStatus: () => peer.status,
    setUp({ body }) {
      const { downloadDirectory } = body;
      if (downloadDirectory !== undefined) settings.change({ values: { downloadDirectory } });
      peer.setUp();
      return peer.status;
    },
    stop() {
      // the answer goes out before the server closes
      setImmediate(() => peer.stop());
      return {};
    },
    showSpeed: ({ query }) => peer.rings.report(query.span ?? 'minute'),
    showSettings: () => settings.report,
    changeSettings({ body }) {
      settings.change(body);
      return settings.report;
    },
    showReach: () => reportReach(peer),
    examine: (_request, _caller, signal) => examine(peer, signal),
    readLog: ({ query }) => ({ entries: journal.read(query.after ?? 0, query.transfer) }),
    listFolder: ({ query }) => lookInto(query.path),
    async createTorrent({ body }) {
      requireAbsolute(body, 'path');
      await requireThere(body.path);
      return creations.begin(body);
    },
    showCreation: ({ params }) => creations.report(params.id),
    cancelCreation: ({ params }) => creations.cancel(params.id),
    exportCreation: ({ params }) => creations.torrent(params.id),
    showDemo: () => demo.report,
    beginDemo: () => demo.begin(),
    cancelDemo: () => demo.cancel(),
    listApiKeys: () => ({ keys: access.keys }),
    makeApiKey: ({ body }) => access.makeKey(body.name, body.scope),
    revokeApiKey({ params }) {
      access.revokeKey(params.id);
      return {};
    },
    makeLoginLink: () => peer.loginLink(),
    signOut(_request, caller) {
      access.signOut(caller);
      return {};
    },
  };
}
