/** What becomes of people, for who shows it or acts on it. */
import type { DeviceKey, PeerFault } from '@coequal/base';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { Gift } from './invitation-book.ts';

export type PeopleEvent =
  | { readonly type: 'contacts' }
  | { readonly type: 'invitations' }
  /** With another own device something is not as it should be; the code says what. */
  | { readonly type: 'own-problem'; readonly device: DeviceKey; readonly fault: PeerFault }
  /** Came by an invitation of ours; what waits behind it is theirs now. */
  | {
      readonly type: 'joined';
      readonly person: PersonKey;
      readonly invitation: string;
      readonly gift: Gift | undefined;
    };
