/** The servers of a running peer: its API, its page, and the interfaces of other programs, here and for other devices. */
import type { Clock } from '@coequal/base';
import type { Settings } from '@coequal/contract';
import type { Caller } from '../api/access.ts';
import { CallLimits } from '../api/call-limits.ts';
import { openApiServer } from '../api/server.ts';
import type { ApiServer } from '../api/server.ts';
import type { Door } from '../api/access.ts';
import type { ApiParts } from '../api/api-routes.ts';
import { requireOn } from '../compat/compat.ts';
import { addInterfaces } from '../compat/interfaces.ts';
import { VERSION } from '../version.ts';
import { createHandlers } from './handlers.ts';
import { CallCounts, metricsText } from './metrics.ts';
import type { RunningPeer } from './running-peer.ts';

/** Opens the one on this computer; the other one is opened when it is wanted. */
export async function openPeerServer(peer: RunningPeer, clock: Clock): Promise<ApiServer> {
  const { apiPort, pageDirectory, serverLimits } = peer.options;
  const parts = partsFor(peer, clock);
  const options = {
    pageDirectory,
    version: VERSION,
    ...(serverLimits !== undefined && { limits: serverLimits }),
  };
  peer.remotePage.attach({ options, access: peer.access, parts });
  return await openApiServer({ port: apiPort, ...options }, parts('loopback'));
}

/** What answers at each door; who calls how often is counted over all of them. */
function partsFor(peer: RunningPeer, clock: Clock): (door: Door) => ApiParts {
  const { hub, transfers, categories, settings } = peer;
  const limits = new CallLimits(clock);
  const calls = new CallCounts();
  const handlers = createHandlers(peer);
  return (door) => {
    const access = door === 'loopback' ? peer.access : peer.access.at(door);
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
      publish: () => peer.news.tellTransfers(),
      publishCategories: () => hub.publish({ type: 'categories' }),
    };
    return {
      access,
      limits,
      hub,
      clock,
      handlers,
      addInterfaces(app) {
        void app.register(async (scope) => {
          // programs on other devices only where a person wants that, too
          scope.addHook('onRequest', async ({ url }) => {
            if (door !== 'loopback') requireOn('pageServesPrograms', compat, url.slice(0, 200));
          });
          addInterfaces(scope, compat);
        });
      },
      async ready({ errors }, signal) {
        if (!errors.includes('PEOPLE_OFF')) return;
        await peer.people.opened(AbortSignal.any([signal, peer.stopSignal]));
      },
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
    };
  };
}

/** Of these, what is another than now. */
function different(values: Partial<Settings>, settings: Settings): Partial<Settings> {
  const now: Readonly<Record<string, unknown>> = settings;
  const isOther = ([key, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(now[key]);
  return Object.fromEntries(Object.entries(values).filter(isOther));
}
