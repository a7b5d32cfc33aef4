/** What is held of another person. */
import type { DeviceKey } from '@coequal/base';
import type { DeviceList } from '../identity/device-list.ts';
import type { PersonKey } from '../identity/person-key.ts';

/** Each costs a look at its devices now and then, and up to 10 kB: more people than anybody keeps up with. */
export const CONTACTS_MAX = 1_000;

export const TRUSTS = ['new', 'known', 'trusted', 'blocked'] as const;
export type Trust = (typeof TRUSTS)[number];

/** Times are milliseconds since 1970. */
export interface ContactRecord {
  readonly person: PersonKey;
  /** As they call themselves. */
  readonly ownName: string;
  readonly givenName: string | undefined;
  readonly note: string;
  readonly trust: Trust;
  readonly verifiedAt: number | undefined;
  readonly since: number;
  readonly lastSeen: number | undefined;
  /** They removed us. */
  readonly isGone: boolean;
  readonly list: DeviceList;
  readonly encodedList: Uint8Array;
  /** Code of what they showed last that was not taken. */
  readonly problem: string | undefined;
}

/** `claimed`: its person's list has it. `proven`: it brought that list itself. */
export interface DeviceStanding {
  readonly device: DeviceKey;
  readonly person: PersonKey;
  readonly state: 'claimed' | 'proven' | 'revoked';
}

/** What is changed of a contact; what is absent stays. */
export interface ContactChange {
  /** `null`: as they call themselves. */
  readonly name?: string | null | undefined;
  readonly note?: string | undefined;
  readonly trust?: Trust | undefined;
}
