/** The server of a running peer: its API, its page, and the interfaces of other programs. */
import type { Clock } from '@coequal/base';
import { CallLimits } from '../api/call-limits.ts';
import { openApiServer } from '../api/server.ts';
import type { ApiServer } from '../api/server.ts';
import { addInterfaces } from '../compat/interfaces.ts';
import { VERSION } from '../version.ts';
import { createHandlers } from './handlers.ts';
import { CallCounts, metricsText } from './metrics.ts';
import type { RunningPeer } from './running-peer.ts';

export async function openPeerServer(peer: RunningPeer, clock: Clock): Promise<ApiServer> {
  const { access, hub, transfers, categories, settings } = peer;
  const { apiPort, pageDirectory, serverLimits } = peer.options;
  const limits = new CallLimits(clock);
  const calls = new CallCounts();
  const compat = {
    transfers,
    categories,
    access,
    limits,
    clock,
    settings: () => settings.values,
    changeSettings: (values: Partial<typeof settings.values>) => settings.change({ values }),
    setUp: () => peer.setUp(),
    publish: () => peer.publishTransfers(),
  };
  return await openApiServer(
    {
      port: apiPort,
      pageDirectory,
      version: VERSION,
      ...(serverLimits !== undefined && { limits: serverLimits }),
    },
    {
      access,
      limits,
      hub,
      clock,
      handlers: createHandlers(peer),
      addInterfaces: (app) => addInterfaces(app, compat),
      services: () => peer.supervisor.report,
      metrics: () =>
        metricsText({
          status: peer.status,
          totals: transfers.totals(),
          calls: calls.byRoute,
          readers: hub.readerCount,
        }),
      onCall: (route) => calls.note(route),
      onBug: (error) => peer.journal.fault(error),
    },
  );
}
