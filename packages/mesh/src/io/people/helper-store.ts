/** At which helpers contacts' devices said that they wait; kept, so that they are called there after a restart. */
import { ByteReader, formatHex, parseDeviceKey } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import { decodeAddresses, encodeAddresses, isLoopback } from '../../core/contacts/address-bytes.ts';
import type { TellableAddress } from '../../core/contacts/address-bytes.ts';
import { tokenBytes } from '../../core/contacts/helper-places.ts';
import type { HelperPlace } from '../../core/contacts/helper-places.ts';
import type { OwnPeers } from '../own/own-peers.ts';

/** `helpers` in the order in which they were told. */
const columnsOf = (device: string): string => `(
    device TEXT NOT NULL ${device},
    position INTEGER NOT NULL,
    helper TEXT NOT NULL,
    token BLOB NOT NULL,
    addresses BLOB NOT NULL,
    PRIMARY KEY (device, position)
  ) STRICT`;

/** Own devices are no contact's. */
export const HELPER_TABLE: string = `
  CREATE TABLE contact_helpers ${columnsOf('REFERENCES contact_devices (device) ON DELETE CASCADE')};
  CREATE TABLE own_helpers ${columnsOf('')};
`;

const COLUMNS = '(device, position, helper, token, addresses) VALUES (?, ?, ?, ?, ?)';
const OF_CONTACTS = [
  'DELETE FROM contact_helpers WHERE device = ?',
  `INSERT INTO contact_helpers ${COLUMNS}`,
] as const;
const OF_OWN = [
  'DELETE FROM own_helpers WHERE device = ?',
  `INSERT INTO own_helpers ${COLUMNS}`,
] as const;

export class HelperStore {
  readonly #database: Database;
  readonly #own: Pick<OwnPeers, 'has'>;
  readonly #ownAddresses: () => readonly TellableAddress[];
  readonly #told = new Map<DeviceKey, readonly HelperPlace[]>();
  /** Of invitations that were accepted. */
  readonly #hints = new Map<DeviceKey, readonly HelperPlace[]>();

  constructor(
    database: Database,
    own: Pick<OwnPeers, 'has'>,
    ownAddresses: () => readonly TellableAddress[],
  ) {
    this.#database = database;
    this.#own = own;
    this.#ownAddresses = ownAddresses;
    const rows = [
      ...database.all('SELECT * FROM contact_helpers ORDER BY device, position'),
      ...database.all('SELECT * FROM own_helpers ORDER BY device, position'),
    ];
    for (const row of rows) {
      const device = parseDeviceKey(String(row['device']));
      const place: HelperPlace = {
        helper: parseDeviceKey(String(row['helper'])),
        token: bytesOf(row['token']),
        addresses: decodeAddresses(new ByteReader(bytesOf(row['addresses']))),
      };
      this.#told.set(device, [...(this.#told.get(device) ?? []), place]);
    }
  }

  /** An address of loopback means something only to a peer that has one to tell itself. */
  helpersOf(device: DeviceKey): readonly HelperPlace[] {
    const isLocal = this.#ownAddresses().some(({ host }) => isLoopback(host));
    const told = this.#told.get(device) ?? [];
    const known = new Set(told.map(({ helper }) => helper));
    const hints = (this.#hints.get(device) ?? []).filter(({ helper }) => !known.has(helper));
    return [...told, ...hints].map((place) => ({
      ...place,
      addresses: place.addresses.filter(({ host }) => isLocal || !isLoopback(host)),
    }));
  }

  /** Of a device that is attributed to a contact, or is this person's. */
  tell(device: DeviceKey, helpers: readonly HelperPlace[]): void {
    if (isSame(this.#told.get(device) ?? [], helpers)) return;
    const [clear, add] = this.#own.has(device) ? OF_OWN : OF_CONTACTS;
    this.#database.transaction(() => {
      this.#database.run(clear, device);
      for (const [position, place] of helpers.entries())
        this.#database.run(
          add,
          device,
          position,
          place.helper,
          tokenBytes(place),
          encodeAddresses(place.addresses),
        );
    });
    this.#told.set(device, helpers);
  }

  /** By an invitation, until this peer ends: what the device says itself comes first. */
  hint(device: DeviceKey, helpers: readonly HelperPlace[]): void {
    this.#hints.set(device, helpers);
  }

  forgetHints(devices: readonly DeviceKey[]): void {
    for (const device of devices) this.#hints.delete(device);
  }

  /** They are no contact's any more. */
  forget(devices: readonly DeviceKey[]): void {
    for (const device of devices) {
      this.#told.delete(device);
      this.#hints.delete(device);
    }
  }
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array(0);
}

function isSame(a: readonly HelperPlace[], b: readonly HelperPlace[]): boolean {
  const text = (all: readonly HelperPlace[]): string =>
    all
      .map((place) =>
        [place.helper, tokenBytes(place), encodeAddresses(place.addresses)]
          .map((part) => (typeof part === 'string' ? part : formatHex(part)))
          .join(' '),
      )
      .join();
  return text(a) === text(b);
}
