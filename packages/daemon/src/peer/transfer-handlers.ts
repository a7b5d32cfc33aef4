/** The routes of transfers. */
import { isIP } from 'node:net';
import { LocalFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import type { Handlers } from '../api/handler.ts';
import { parseHostPort } from '../cli/values.ts';
import { filesOf, peersOf, piecesOf } from '../files/transfer-detail.ts';
import { requireAbsolute } from './absolute-path.ts';
import type { RunningPeer } from './running-peer.ts';

type ChangeRoutes =
  | 'listTransfers'
  | 'addTransfer'
  | 'inspectTransfer'
  | 'actOnTransfers'
  | 'removeTransfers'
  | 'undoRemoval'
  | 'changeTransfer'
  | 'moveTransfer'
  | 'cancelMove'
  | 'renameTransfer'
  | 'addPeers';
type LookRoutes =
  | 'showTransfer'
  | 'listFiles'
  | 'listPeers'
  | 'showPieces'
  | 'showTransferSpeed'
  | 'exportTorrent';
type CategoryRoutes = 'listCategories' | 'putCategory' | 'removeCategory';
type TransferRoutes = ChangeRoutes | LookRoutes | CategoryRoutes;

export function transferHandlers(peer: RunningPeer): Pick<Handlers, TransferRoutes> {
  return { ...changeHandlers(peer), ...lookHandlers(peer), ...categoryHandlers(peer) };
}

function changeHandlers(peer: RunningPeer): Pick<Handlers, ChangeRoutes> {
  const { transfers } = peer;
  return {
    listTransfers: ({ query }) => transfers.since(query.revision),
    async addTransfer({ body }, _caller, signal) {
      requireAbsolute(body, 'directory', 'contentPath');
      const added = await transfers.add(body, signal);
      // a first transfer is an answer to the first-run page, too
      if (added.state !== 'paused') peer.setUp();
      peer.news.tellTransfers();
      return added;
    },
    inspectTransfer: ({ body }, _caller, signal) => transfers.inspect(body, signal),
    actOnTransfers({ body }) {
      transfers.act(body.ids, body.action);
      // so is to let one run that was added paused
      const runs = body.action === 'resume' || body.action === 'force';
      if (runs && body.ids.some((id) => transfers.has(id))) peer.setUp();
      peer.news.tellTransfers();
      return {};
    },
    removeTransfers({ body }) {
      const undoUntil = transfers.remove(body.ids, body.deleteData ?? false);
      peer.news.tellTransfers();
      return { undoUntil };
    },
    undoRemoval({ body }) {
      transfers.undoRemoval(body.ids);
      peer.news.tellTransfers();
      return {};
    },
    changeTransfer({ params, body }) {
      transfers.change(params.id, body);
      peer.news.tellTransfers();
      return transfers.detail(params.id);
    },
    async moveTransfer({ params, body }) {
      requireAbsolute(body, 'directory');
      await transfers.move(params.id, body.directory);
      peer.news.tellTransfers();
      return {};
    },
    async cancelMove({ params }) {
      await transfers.cancelMove(params.id);
      peer.news.tellTransfers();
      return {};
    },
    async renameTransfer({ params, body }) {
      await transfers.rename(params.id, body.index, body.name);
      peer.news.tellTransfers();
      return {};
    },
    addPeers({ params, body }) {
      const { torrent } = transfers.get(params.id);
      if (torrent === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'peers' });
      torrent.addPeers(body.peers.map(endpointOf));
      return {};
    },
  };
}

function lookHandlers({ transfers }: RunningPeer): Pick<Handlers, LookRoutes> {
  return {
    showTransfer: ({ params }) => transfers.detail(params.id),
    listFiles: ({ params }) => ({
      files: filesOf(transfers.get(params.id), transfers.metainfo(params.id)),
    }),
    listPeers: ({ params }) => ({ peers: peersOf(transfers.get(params.id)) }),
    showPieces: ({ params }) => piecesOf(transfers.get(params.id), transfers.metainfo(params.id)),
    showTransferSpeed({ params, query }) {
      const span = query.span ?? 'minute';
      const none = { intervalSeconds: 1, down: [], up: [] };
      return transfers.get(params.id).rings?.report(span) ?? none;
    },
    exportTorrent({ params }) {
      const { record } = transfers.get(params.id);
      const bytes = transfers.torrentFile(params.id);
      if (bytes === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'export' });
      return { fileName: `${record.name}.torrent`, bytes };
    },
  };
}

function categoryHandlers({
  transfers,
  categories,
  hub,
}: RunningPeer): Pick<Handlers, CategoryRoutes> {
  return {
    listCategories: () => ({ categories: categories.all() }),
    putCategory({ params, body }) {
      requireAbsolute(body, 'directory');
      const category = { name: params.name, ...body };
      categories.put(category);
      hub.publish({ type: 'categories' });
      return category;
    },
    removeCategory({ params }) {
      if (!categories.delete(params.name))
        throw new LocalFault('NO_SUCH_CATEGORY', { category: params.name });
      transfers.forgetCategory(params.name);
      hub.publish({ type: 'categories' });
      return {};
    },
  };
}

/** Throws LocalFault `BAD_REQUEST`: names are not looked up for a request. */
function endpointOf(text: string): Endpoint {
  const { host, port } = parseHostPort(text);
  if (isIP(host) === 0)
    throw new LocalFault('BAD_REQUEST', {
      where: 'the body/peers',
      problem: `${text} is no address`,
    });
  return { host, port };
}
