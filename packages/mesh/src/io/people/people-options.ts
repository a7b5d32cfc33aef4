/** What `People` needs of its owner. */
import type { Clock, DeviceKey, Ed25519, Endpoint, Links, Random } from '@coequal/base';
import type { SlowHash } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import type { TellableAddress } from '../../core/contacts/address-bytes.ts';
import type { HelperPlace } from '../../core/contacts/helper-places.ts';
import type { InvitationHelper } from '../../core/invite/invitation-helpers.ts';
import type { OwnPlace } from '../../core/contacts/people-session.ts';
import type { OwnPerson } from '../own/own-peers.ts';
import type { Rendezvous } from './rendezvous.ts';

export interface PeopleOptions {
  readonly links: Links;
  readonly database: Database;
  readonly identity: OwnPerson;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly random: Random;
  readonly slowHash: Pick<SlowHash, 'scrypt'>;
  /** For spoken codes. */
  readonly rendezvous: Rendezvous;
  /** Whether others in the local network are looked for, and told how to find this device there. */
  readonly findsNear: boolean;
  /** What this person is called until they say so themselves. */
  readonly defaultName: string;
  /** Where this device can be reached, as far as it knows, and what it does there for others. */
  ownAddresses(): OwnPlace;
  /** Where packets of a device come from. */
  endpointOf?(device: DeviceKey): Endpoint | undefined;
  /** Where a device can call this one. */
  helpersFor?(device: DeviceKey): readonly HelperPlace[];
  /** Where whoever has an invitation can, which ends then (seconds since 1970). */
  passesUntil?(until: number): readonly InvitationHelper[];
  /** A contact's device, with which newcomers can begin, is at these. */
  onNode?(addresses: readonly TellableAddress[]): void;
  /** A fault that nothing foresaw: `people` is in an unknown state. */
  onFailure(error: unknown): void;
}
