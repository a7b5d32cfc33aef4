/** Where contacts' devices said that they are; kept, so that they are found again after a restart. */
import type { DeviceKey, Endpoint } from '@coequal/base';
import { parseDeviceKey } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import { isLoopback } from '../../core/contacts/address-bytes.ts';
import type { TellableAddress } from '../../core/contacts/address-bytes.ts';
import type { AddressBook, KnownAddress } from '../carrier.ts';
import type { OwnPeers } from '../own/own-peers.ts';

const OF_CONTACTS = [
  'DELETE FROM contact_addresses WHERE device = ?',
  'INSERT OR IGNORE INTO contact_addresses (device, kind, host, port) VALUES (?, ?, ?, ?)',
] as const;
const OF_OWN = [
  'DELETE FROM own_addresses WHERE device = ?',
  'INSERT OR IGNORE INTO own_addresses (device, kind, host, port) VALUES (?, ?, ?, ?)',
] as const;

export class AddressStore implements AddressBook {
  readonly #database: Database;
  readonly #ownAddresses: () => readonly TellableAddress[];
  readonly #own: Pick<OwnPeers, 'has'>;
  readonly #told = new Map<DeviceKey, readonly TellableAddress[]>();
  /** Where a person said that a device is. */
  readonly #manual = new Map<DeviceKey, readonly TellableAddress[]>();
  /** Of invitations that are being accepted. */
  readonly #hints = new Map<DeviceKey, readonly TellableAddress[]>();

  constructor(
    database: Database,
    own: Pick<OwnPeers, 'has'>,
    ownAddresses: () => readonly TellableAddress[],
  ) {
    this.#database = database;
    this.#ownAddresses = ownAddresses;
    this.#own = own;
    const rows = [
      ...database.all('SELECT * FROM contact_addresses ORDER BY rowid'),
      ...database.all('SELECT * FROM own_addresses ORDER BY rowid'),
    ];
    for (const row of rows) {
      const device = parseDeviceKey(String(row['device']));
      const address: TellableAddress = {
        kind: row['kind'] === 'udp' ? 'udp' : 'tcp',
        host: String(row['host']),
        port: Number(row['port']),
      };
      this.#told.set(device, [...(this.#told.get(device) ?? []), address]);
    }
  }

  /** An address of loopback means something only to a peer that has one to tell itself. */
  addressesOf(device: DeviceKey): readonly KnownAddress[] {
    const isLocal = this.#ownAddresses().some(({ host }) => isLoopback(host));
    const known = [...(this.#told.get(device) ?? []), ...(this.#hints.get(device) ?? [])];
    const isUsable = ({ host }: TellableAddress): boolean => isLocal || !isLoopback(host);
    const manual = (this.#manual.get(device) ?? []).filter(isUsable);
    return [
      ...manual.map((address) => ({ ...address, source: 'manual' }) as const),
      ...known.filter(isUsable).map((address) => ({ ...address, source: 'told' }) as const),
    ];
  }

  /** A person says so, until this peer ends. */
  place(device: DeviceKey, addresses: readonly TellableAddress[]): void {
    this.#manual.set(device, addresses);
  }

  /**
   * Of a device that is attributed to a contact, or is this person's, and where its packets come from: with nobody to
   * ask it does not know itself where routers let it in.
   */
  tell(device: DeviceKey, told: readonly TellableAddress[], seenAt?: Endpoint): void {
    const addresses = withSeen(told, seenAt);
    if (isSame(this.#told.get(device) ?? [], addresses)) return;
    const [clear, add] = this.#own.has(device) ? OF_OWN : OF_CONTACTS;
    this.#database.transaction(() => {
      this.#database.run(clear, device);
      for (const { kind, host, port } of addresses)
        this.#database.run(add, device, kind, host, port);
    });
    this.#told.set(device, addresses);
  }

  hint(devices: readonly DeviceKey[], addresses: readonly TellableAddress[]): void {
    for (const device of devices) this.#hints.set(device, addresses);
  }

  forgetHints(devices: readonly DeviceKey[]): void {
    for (const device of devices) this.#hints.delete(device);
  }

  /** They are no contact's any more. */
  forget(devices: readonly DeviceKey[]): void {
    for (const device of devices) {
      this.#told.delete(device);
      this.#manual.delete(device);
    }
  }
}

/** What comes from the port of its node comes by the way by which others reach that. */
function withSeen(
  told: readonly TellableAddress[],
  seenAt: Endpoint | undefined,
): readonly TellableAddress[] {
  const udp = told.filter(({ kind }) => kind === 'udp');
  const isItsNode = seenAt !== undefined && udp.some(({ port }) => port === seenAt.port);
  if (!isItsNode || udp.some(({ host, port }) => host === seenAt.host && port === seenAt.port))
    return told;
  return [{ kind: 'udp', host: seenAt.host, port: seenAt.port }, ...told];
}

function isSame(a: readonly TellableAddress[], b: readonly TellableAddress[]): boolean {
  const text = (all: readonly TellableAddress[]): string =>
    all.map(({ kind, host, port }) => `${kind} ${host} ${port}`).join();
  return text(a) === text(b);
}
