/** How the page on other devices hangs together with the rest of a running peer. */
import type { Clock } from '@coequal/base';
import type { SettingKey } from '@coequal/contract';
import type { AccessView } from '../api/access.ts';
import { RemotePage } from '../remote-page/remote-page.ts';
import type { SettingRecords } from '../store/setting-records.ts';
import { rememberedPort } from './remembered-port.ts';
import type { RunningPeer } from './running-peer.ts';

/** What the peer remembers of it, beside the settings. */
const LAST_PORT = 'peer.lastPagePort';

/** A change of these needs another listener. */
const LISTENER_SETTINGS: ReadonlySet<SettingKey> = new Set([
  'pageReach',
  'pageAddress',
  'pagePort',
  'pageNames',
  'pageCertificate',
  'pageKey',
]);

/** What is told of who comes and goes. */
export function createAccessView({ journal, hub }: RunningPeer): AccessView {
  return {
    onSignedIn: (door, name, address) =>
      door === 'loopback'
        ? journal.tell('info', 'SIGNED_IN')
        : journal.tell('info', 'DEVICE_SIGNED_IN', { name: name || 'unknown', address }),
    onRefused: (address) => journal.tell('warning', 'SIGN_IN_REFUSED', { address }),
    onEnded: (caller) => hub.closeOf(caller),
  };
}

export function createRemotePage(
  peer: RunningPeer,
  clock: Clock,
  remembered: SettingRecords,
): RemotePage {
  const { home, reach } = peer.options;
  const port = rememberedPort(remembered, LAST_PORT);
  return new RemotePage({
    home,
    reach,
    clock,
    settings: () => peer.settings.values,
    lastPort: port.last,
    onPort: port.take,
    onOpen: (url) => peer.journal.tell('info', 'PAGE_OPENED', { url }),
    onCertificate: ({ fingerprint }) =>
      peer.journal.tell('info', 'PAGE_CERTIFICATE_MADE', { fingerprint }),
    onProblem: (error) => peer.journal.fault(error),
  });
}

/** Also before the first-run page is answered: whoever set it may have no browser on that computer. */
export function startRemotePage({ access, settings, supervisor }: RunningPeer): void {
  const { pageReach } = settings.values;
  // it may have been closed by a file or a variable while the peer did not run
  access.endRemote(pageReach === 'https' ? 'https' : pageReach === 'off' ? 'loopback' : 'http');
  supervisor.start('remote-page');
}

export function changeRemotePage(
  { access, journal, settings, supervisor }: RunningPeer,
  keys: ReadonlySet<SettingKey>,
): void {
  if (![...keys].some((key) => LISTENER_SETTINGS.has(key))) return;
  if (keys.has('pageReach')) {
    access.endRemote();
    if (settings.values.pageReach === 'off') journal.tell('info', 'PAGE_CLOSED');
  }
  supervisor.restart('remote-page');
  supervisor.start('remote-page');
}
