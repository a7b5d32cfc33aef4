/** The server of a running peer: its API, its page, and the interfaces of other programs. */
import type { Clock } from '@coequal/base';
import type { Settings } from '@coequal/contract';
import type { Caller } from '../api/access.ts';
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
    status: () => peer.status,
    settings: () => settings.values,
    changeSettings: (values: Partial<Settings>, caller: Caller) => {
      const changed = different(values, settings.values);
      if (Object.keys(changed).length === 0) return;
      access.requireScope(caller, 'owner');
      settings.change({ values: changed });
    },
    setUp: () => peer.setUp(),
    publish: () => peer.publishTransfers(),
    publishCategories: () => hub.publish({ type: 'categories' }),
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

/** Of these, what is another than now. */
function different(values: Partial<Settings>, settings: Settings): Partial<Settings> {
  const now: Readonly<Record<string, unknown>> = settings;
  const isOther = ([key, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(now[key]);
  return Object.fromEntries(Object.entries(values).filter(isOther));
}
