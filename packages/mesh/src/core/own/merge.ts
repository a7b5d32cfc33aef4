/**
 * What two own devices have of one thing, as one: the same whichever is asked first, and however often. Devices that were
 * changed while apart come to have the same: the latest adding or removal of a contact spreads to all, and with that one
 * given, all else is the later of two. (What was noted of a contact who was removed and added again while three devices
 * were apart may be kept or not, by the order in which they meet.)
 */
import { later, laterStamp, compareStamps } from './stamp.ts';
import { SHARED_USES_MAX } from './own-record.ts';
import type {
  OwnRecord,
  PresentContact,
  SharedContact,
  SharedInvitation,
  SharedUse,
} from './own-record.ts';

/** Which of two device lists of a contact counts. */
export type PickList = (held: Uint8Array, come: Uint8Array) => Uint8Array;

/** Both are of one key. */
export function mergeRecords(held: OwnRecord, come: OwnRecord, pickList: PickList): OwnRecord {
  if (held.type === 'contact' && come.type === 'contact')
    return mergeContacts(held, come, pickList);
  if (held.type === 'invitation' && come.type === 'invitation') return mergeInvitations(held, come);
  if (held.type === 'name' && come.type === 'name')
    return { type: 'name', name: later(held.name, come.name) };
  return held;
}

function mergeContacts(
  held: SharedContact,
  come: SharedContact,
  pickList: PickList,
): SharedContact {
  if (held.state === 'present' && come.state === 'present')
    return mergePresent(held, come, pickList);
  const order = compareStamps(held.at, come.at);
  if (order !== 0) return order > 0 ? held : come;
  // a removal is the safer of the two
  return held.state === 'removed' ? held : come;
}

function mergePresent(
  held: PresentContact,
  come: PresentContact,
  pickList: PickList,
): PresentContact {
  return {
    type: 'contact',
    state: 'present',
    person: held.person,
    at: laterStamp(held.at, come.at),
    since: Math.min(held.since, come.since),
    list: pickList(held.list, come.list),
    ownName: later(held.ownName, come.ownName),
    details: later(held.details, come.details),
    trust: later(held.trust, come.trust),
    verified: later(held.verified, come.verified),
  };
}

/** What was let in was let in, what was taken back stays so. */
function mergeInvitations(held: SharedInvitation, come: SharedInvitation): SharedInvitation {
  const uses = new Map(held.uses.map((use) => [use.person, use]));
  for (const use of come.uses) {
    const known = uses.get(use.person);
    uses.set(use.person, known === undefined ? use : mergeUses(known, use));
  }
  return {
    ...held,
    isRevoked: held.isRevoked || come.isRevoked,
    uses: [...uses.values()]
      .toSorted((a, b) => (a.person < b.person ? -1 : 1))
      .slice(0, SHARED_USES_MAX),
  };
}

function mergeUses(one: SharedUse, other: SharedUse): SharedUse {
  const isFirst = one.at < other.at || (one.at === other.at && one.name <= other.name);
  return { ...(isFirst ? one : other), isConfirmed: one.isConfirmed || other.isConfirmed };
}
