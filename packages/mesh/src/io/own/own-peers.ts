/** The own devices as `people/1` meets them: in touch like those of contacts, and never shown as such. */
import { PeerFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import type { PeopleOutput, PeopleView } from '../../core/contacts/people-session.ts';
import type { DeviceList } from '../../core/identity/device-list.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';

/** Of the own identity, as it is at each time. */
export interface OwnPerson {
  readonly person: PersonKey;
  readonly device: DeviceKey;
  readonly deviceList: DeviceList;
  readonly encodedDeviceList: Uint8Array;
  /** The seed of the device's key. */
  deviceSecret(): Uint8Array;
  /** A list of this person that another device has: what becomes of it is on disk when it resolves. */
  learnList(encoded: Uint8Array): Promise<unknown>;
}

export class OwnPeers {
  readonly #own: OwnPerson;

  constructor(own: OwnPerson) {
    this.#own = own;
  }

  get person(): PersonKey {
    return this.#own.person;
  }

  /** All but this one; those that are there first, if it is told which. */
  others(isThere: (device: DeviceKey) => boolean = () => false): DeviceKey[] {
    const { deviceList, device } = this.#own;
    const others = deviceList.devices.map(({ key }) => key).filter((key) => key !== device);
    return others.toSorted((a, b) => Number(isThere(b)) - Number(isThere(a)));
  }

  has(device: DeviceKey): boolean {
    return (
      device !== this.#own.device && this.#own.deviceList.devices.some(({ key }) => key === device)
    );
  }

  wasRevoked(device: DeviceKey): boolean {
    return this.#own.deviceList.revoked.includes(device);
  }

  /** What a session with an own device has otherwise than one with a contact's. */
  view(): Pick<PeopleView, 'held' | 'isOwn' | 'near'> {
    // near they know each other by a secret for two, which both can compute
    return { isOwn: true, held: () => this.held(), near: () => undefined };
  }

  held(): { readonly list: DeviceList; readonly encoded: Uint8Array } {
    return { list: this.#own.deviceList, encoded: this.#own.encodedDeviceList };
  }

  /** `refuse` is told when the list is none of this person's. */
  async learn(encoded: Uint8Array, refuse: (fault: PeerFault) => void): Promise<void> {
    try {
      await this.#own.learnList(encoded);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      refuse(error);
    }
  }

  /** Whether it was for the own person alone; the rest is as with contacts. Throws PeerFault. */
  isOwnMatter(output: PeopleOutput): boolean {
    // an own device says that of nobody
    if (output.type === 'gone') throw new PeerFault('BAD_FRAME', { type: 'gone' });
    return ['name', 'greeted', 'near', 'near-told'].includes(output.type);
  }
}
