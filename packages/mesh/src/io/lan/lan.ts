/** Contacts in the local network: drives `LanDiscovery` over the group of multicast DNS. */
import { PeerFault } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Random } from '@coequal/base';
import { LanDiscovery } from '../../core/lan/lan-discovery.ts';
import type { LanInput, LanOutput, LanSecrets } from '../../core/lan/lan-discovery.ts';
import type { LanPorts } from '../../core/lan/lan-announcement.ts';
import type { AddressBook, KnownAddress } from '../carrier.ts';
import type { LanGroup } from './lan-group.ts';

export interface LanPortsNeeded {
  readonly clock: Clock;
  readonly random: Random;
}

export class Lan implements AddressBook, Disposable {
  readonly #group: LanGroup;
  readonly #clock: Clock;
  readonly #onFound: (device: DeviceKey) => void;
  readonly #machine: LanDiscovery;
  readonly #leave: Cancel;
  #cancelDue: Cancel = () => undefined;
  #isClosed = false;

  /** `onFound`: something of a device was heard that was not known; it may be dialled there. */
  constructor(
    group: LanGroup,
    onFound: (device: DeviceKey) => void,
    { clock, random }: LanPortsNeeded,
  ) {
    this.#group = group;
    this.#clock = clock;
    this.#onFound = onFound;
    this.#machine = new LanDiscovery({
      random,
      epochAt: (now) => clock.epochNow() + now - clock.now(),
    });
    this.#leave = group.join({
      onHosts: (hosts) => this.#step({ type: 'interfaces', hosts }),
      onQuery: () => this.#step({ type: 'query' }),
      onAnnouncement: (bytes, from) => this.#step({ type: 'announcement', bytes, from }),
    });
  }

  /** Where this device listens; nothing is announced before. */
  setPorts(ports: LanPorts): void {
    this.#step({ type: 'ports', ports });
  }

  /** By what this device is known, and all others that are to be found. */
  setSecrets(secrets: LanSecrets): void {
    this.#step({ type: 'secrets', ...secrets });
  }

  addressesOf(device: DeviceKey): readonly KnownAddress[] {
    return this.#machine
      .placesOf(device)
      .flatMap(({ host, tcp, udp }) => [
        ...(tcp === 0 ? [] : [{ host, port: tcp, kind: 'tcp', source: 'lan' } as const]),
        ...(udp === 0 ? [] : [{ host, port: udp, kind: 'udp', source: 'lan' } as const]),
      ]);
  }

  /** Counts of announcements: heard, of contacts, and not looked at in a flood. */
  get stats(): Readonly<LanDiscovery['stats']> {
    return this.#machine.stats;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#leave();
    this.#cancelDue();
  }

  #step(input: LanInput | { readonly type: 'timeout' }): void {
    if (this.#isClosed) return;
    try {
      for (const output of this.#machine.step(input, this.#clock.now())) this.#do(output);
    } catch (error) {
      // somebody said nonsense: there is no connection to end
      if (!(error instanceof PeerFault)) throw error;
    }
    this.#cancelDue();
    const { deadline } = this.#machine;
    if (deadline !== undefined)
      this.#cancelDue = this.#clock.at(deadline, () => this.#step({ type: 'timeout' }));
  }

  #do(output: LanOutput): void {
    switch (output.type) {
      case 'send-query':
        return this.#group.query(output.via);
      case 'send-announcements':
        return this.#group.announce(output.via, output.announcements);
      case 'found':
        return this.#onFound(output.device);
    }
  }
}
