/** How devices are reached just now: those of contacts, and the other ones of this person. */
import type { DeviceKey, Links } from '@coequal/base';
import type { ContactDevice } from '@coequal/contract';
import type { OwnIdentity, PersonKey } from '@coequal/mesh/identity';

/** Whose device passes on. */
interface Names {
  personOf(device: DeviceKey): PersonKey | undefined;
  nameOf(person: PersonKey): string;
}

interface OwnMeetings extends Names {
  /** Of own devices that are in touch. */
  ownMeetings(): readonly { readonly device: DeviceKey }[];
}

export type DeviceWay = Pick<ContactDevice, 'path' | 'relayedBy'>;

/** `isThere`: it is in touch, and not only linked. `ownName` knows own devices that pass on. */
export function wayTo(
  device: DeviceKey,
  isThere: boolean,
  people: Names,
  links: Pick<Links, 'path'>,
  ownName: (device: DeviceKey) => string | undefined = () => undefined,
): DeviceWay {
  const path = links.path(device);
  if (!isThere) return { path: 'none' };
  if (path.type !== 'relayed') return { path: path.type };
  const by = people.personOf(path.by);
  const name = by === undefined ? ownName(path.by) : people.nameOf(by);
  return { path: 'relayed', ...(name !== undefined && { relayedBy: name }) };
}

export function wayToOwn(
  device: DeviceKey,
  own: Pick<OwnIdentity, 'deviceList'>,
  people: OwnMeetings,
  links: Pick<Links, 'path'>,
): DeviceWay {
  const isThere = people.ownMeetings().some((meeting) => meeting.device === device);
  const ownName = (by: DeviceKey): string | undefined =>
    own.deviceList.devices.find(({ key }) => key === by)?.name;
  return wayTo(device, isThere, people, links, ownName);
}
