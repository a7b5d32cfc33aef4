/** How being in touch with people hangs together with the rest of a running peer. */
import type { Endpoint, Hasher } from '@coequal/base';
import type { SettingKey } from '@coequal/contract';
import { PeopleService } from '../people/people-service.ts';
import type { SettingRecords } from '../store/setting-records.ts';
import type { Store } from '../store/store.ts';
import { rememberedPort } from './remembered-port.ts';
import type { RunningPeer } from './running-peer.ts';

/** What the peer remembers of it. */
const LAST_PORT = 'peer.lastPeoplePort';
const LAST_NODES = 'peer.lastPeopleNodes';

/** A change of these needs other links. */
const LINK_SETTINGS: ReadonlySet<SettingKey> = new Set([
  'usesPeopleDht',
  'peopleBootstrap',
  'findsPeopleNearby',
  'peoplePort',
  'peoplePublicAddress',
  'helpsContacts',
  'bind',
]);

export function createPeople(
  peer: RunningPeer,
  store: Store,
  hasher: Hasher,
  remembered: SettingRecords,
): PeopleService {
  const { home, reach } = peer.options;
  const port = rememberedPort(remembered, LAST_PORT);
  return new PeopleService({
    home,
    reach,
    store,
    hasher,
    rates: peer.rates,
    own: () => peer.identity.own,
    settings: () => peer.settings.values,
    lastPort: port.last,
    onPort: port.take,
    lastNodes: () => (remembered.get(LAST_NODES) ?? []) as readonly Endpoint[], // our own JSON
    keepNodes: (nodes) => remembered.put(LAST_NODES, nodes),
    publish: (event) => peer.hub.publish(event),
    tell: (code, details) => peer.journal.tell('info', code, details),
    onProblem: (error) => peer.journal.fault(error),
    onBug(error) {
      peer.journal.fault(error);
      peer.supervisor.fail('people', error);
    },
    onTick: () => peer.restWhenIdle(),
    onLinks: (links) => void (peer.identityLinks = links),
  });
}

/** Also before the first-run page is answered: whoever made an identity wants to be in touch. */
export function peopleChanged({ people, supervisor }: RunningPeer): void {
  const change = people.identityChanged();
  if (change === 'restart') supervisor.restart('people');
  if (change !== 'nothing') supervisor.start('people');
}

export function changePeople({ supervisor }: RunningPeer, keys: ReadonlySet<SettingKey>): void {
  if ([...keys].some((key) => LINK_SETTINGS.has(key))) supervisor.restart('people');
}
