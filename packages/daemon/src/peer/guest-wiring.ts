/** How links for guests hang together with the rest of a running peer. */
import { join } from 'node:path';
import type { Clock } from '@coequal/base';
import { GuestLinks } from '../guest/guest-links.ts';
import { GuestRecords } from '../store/guest-records.ts';
import type { SettingRecords } from '../store/setting-records.ts';
import type { Store } from '../store/store.ts';
import { rememberedPort } from './remembered-port.ts';
import type { RunningPeer } from './running-peer.ts';

/** What the peer remembers of it: links have the port in them. */
const LAST_PORT = 'peer.lastGuestPort';
/** In the folder of downloads; a folder for each link is in it. */
const UPLOAD_FOLDER = 'From guests';

export function createGuestLinks(
  peer: RunningPeer,
  clock: Clock,
  store: Store,
  remembered: SettingRecords,
): GuestLinks {
  const port = rememberedPort(remembered, LAST_PORT);
  return new GuestLinks({
    clock,
    reach: peer.options.reach,
    records: new GuestRecords(store),
    settings: () => peer.settings.values,
    rates: peer.rates,
    certificate: () => peer.remotePage.certificate,
    uploadDirectory: () => join(peer.settings.values.downloadDirectory, UPLOAD_FOLDER),
    lastPort: port.last,
    onPort: port.take,
    start: () => peer.supervisor.start('guest-links'),
    problem: () => {
      const service = peer.supervisor.report.find(({ name }) => name === 'guest-links');
      return service?.state === 'failed' ? service.problem : undefined;
    },
    onChange: () => peer.hub.publish({ type: 'guest-links' }),
    tell: (code, details) => peer.journal.tell('info', code, details),
    onProblem: (error) => peer.journal.fault(error),
    ...(peer.options.guestLimits !== undefined && { limits: peer.options.guestLimits }),
  });
}
