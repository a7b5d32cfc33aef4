/** The peer, for every component. */
import type { RequestOf, ResponseOf, RouteName, ROUTES, Status, Transfer } from '@coequal/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { createContext, use, useSyncExternalStore } from 'react';
import type { Connection } from './live.ts';
import type { Peer } from './peer.ts';
import type { TransferTable } from './transfer-table.ts';

export const PeerContext = createContext<Peer | undefined>(undefined);

export function usePeer(): Peer {
  const peer = use(PeerContext);
  if (peer === undefined) throw new Error('outside of PeerContext');
  return peer;
}

export function useTransfers(): TransferTable {
  const { transfers } = usePeer();
  return useSyncExternalStore(transfers.subscribe, transfers.read);
}

/** One of them; whoever asks so is drawn again only when it changes. */
export function useTransfer(id: string): Transfer | undefined {
  const { transfers } = usePeer();
  return useSyncExternalStore(transfers.subscribe, () => transfers.read().byId.get(id));
}

export function useConnection(): Connection {
  const peer = usePeer();
  return useSyncExternalStore(peer.subscribeConnection, peer.readConnection);
}

/** What the peer as a whole does. Only below `Gate`, which waits for the first answer. */
export function useStatus(): Status {
  const { data } = useAnswer(['status'], 'showStatus', {});
  if (data === undefined) throw new Error('outside of Gate');
  return data;
}

export interface AskOptions {
  readonly isEnabled?: boolean;
  /** For what no event tells of. */
  readonly everyMs?: number;
  /** While another is fetched, the last answer stays. */
  readonly keepsLast?: boolean;
}

/** An answer of the peer, kept under `key`. */
export function useAnswer<Name extends RouteName>(
  key: readonly unknown[],
  name: Name,
  request: RequestOf<(typeof ROUTES)[Name]>,
  { isEnabled = true, everyMs, keepsLast = false }: AskOptions = {},
): UseQueryResult<ResponseOf<(typeof ROUTES)[Name]>> {
  const { client } = usePeer();
  return useQuery<ResponseOf<(typeof ROUTES)[Name]>>({
    queryKey: key,
    // of a route that is a type parameter, tsc cannot see that both name the same request
    queryFn: ({ signal }) => client.call(name, request as never, signal),
    enabled: isEnabled,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
    ...(keepsLast && { placeholderData: keepPreviousData }),
  });
}
