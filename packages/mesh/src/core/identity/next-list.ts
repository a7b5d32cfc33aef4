/** What becomes of a person's own device list: changes that one of their devices makes, and lists that others made. */
import { LocalFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { isDeviceName } from './device-certificate.ts';
import type { DeviceEntry } from './device-certificate.ts';
import { DEVICES_MAX, REVOKED_MAX } from './device-list.ts';
import type { DeviceList } from './device-list.ts';
import type { PersonKey } from './person-key.ts';

/** Throws LocalFault `BAD_DEVICE_NAME`. */
export function firstList(person: PersonKey, device: DeviceEntry): DeviceList {
  requireName(device.name);
  return { person, number: 1, devices: [device], revoked: [], signedAt: device.addedAt };
}

/** What two lists were merged into may be too long. Throws LocalFault `TOO_MANY_DEVICES`, `TOO_MANY_REVOKED`. */
export function requireFits({ devices, revoked }: DeviceList): void {
  if (devices.length > DEVICES_MAX) throw new LocalFault('TOO_MANY_DEVICES', { max: DEVICES_MAX });
  if (revoked.length > REVOKED_MAX) throw new LocalFault('TOO_MANY_REVOKED', { max: REVOKED_MAX });
}

/** With one device more, or the same list when it is there already. Throws LocalFault `BAD_DEVICE_NAME`, `DEVICE_REVOKED`. */
export function withDevice(list: DeviceList, device: DeviceEntry): DeviceList {
  requireName(device.name);
  if (list.devices.some(({ key }) => key === device.key)) return list;
  if (list.revoked.includes(device.key)) throw new LocalFault('DEVICE_REVOKED');
  return next(list, [...list.devices, device], list.revoked, device.addedAt);
}

/** Throws LocalFault `NO_SUCH_DEVICE`, `BAD_DEVICE_NAME`. */
export function withName(list: DeviceList, key: DeviceKey, name: string, now: number): DeviceList {
  requireName(name);
  requireDevice(list, key);
  const devices = list.devices.map((device) => (device.key === key ? { ...device, name } : device));
  return next(list, devices, list.revoked, now);
}

/** Throws LocalFault `NO_SUCH_DEVICE`. */
export function withoutDevice(list: DeviceList, key: DeviceKey, now: number): DeviceList {
  requireDevice(list, key);
  const devices = list.devices.filter((device) => device.key !== key);
  return next(list, devices, [...list.revoked, key], now);
}

/** What to do about another list of the same person that came. */
export type ListVerdict =
  /** It says nothing that is not known. */
  | { readonly type: 'known' }
  /** It is newer, and has all that is known. */
  | { readonly type: 'adopt' }
  /** Two devices signed without knowing of each other: this one is to be signed by the root key. */
  | { readonly type: 'merge'; readonly list: DeviceList };

/**
 * Both devices that hold the words may do this at once: of the same two lists they make the same third, so that they
 * do not part again.
 */
export function judgeList(held: DeviceList, come: DeviceList): ListVerdict {
  if (held.number > come.number && covers(held, come)) return { type: 'known' };
  if (come.number > held.number && covers(come, held)) return { type: 'adopt' };
  if (held.number === come.number && isSame(held, come)) return { type: 'known' };
  return { type: 'merge', list: merge(held, come) };
}

function merge(one: DeviceList, other: DeviceList): DeviceList {
  // of two names that one device has, that of the newer list; of equal numbers, the one that sorts first
  const [newer, older] =
    one.number > other.number || (one.number === other.number && textOf(one) < textOf(other))
      ? [one, other]
      : [other, one];
  const revoked = [...new Set([...one.revoked, ...other.revoked])].toSorted();
  const gone = new Set(revoked);
  const entries = new Map([...older.devices, ...newer.devices].map((each) => [each.key, each]));
  const devices = [...entries.values()]
    .filter(({ key }) => !gone.has(key))
    .toSorted((a, b) => a.addedAt - b.addedAt || (a.key < b.key ? -1 : 1));
  return next(newer, devices, revoked, Math.max(one.signedAt, other.signedAt));
}

/** Whether all that `other` says of who is a device and who is not any more is in `list`. */
function covers(list: DeviceList, other: DeviceList): boolean {
  const revoked = new Set(list.revoked);
  const known = new Set([...list.devices.map(({ key }) => key), ...revoked]);
  return (
    other.revoked.every((key) => revoked.has(key)) &&
    other.devices.every(({ key }) => known.has(key))
  );
}

function isSame(one: DeviceList, other: DeviceList): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ devices, revoked, signedAt }: DeviceList): string {
  return JSON.stringify([
    devices.map(({ key, name, addedAt }) => [key, name, addedAt]),
    revoked,
    signedAt,
  ]);
}

function next(
  list: DeviceList,
  devices: readonly DeviceEntry[],
  revoked: readonly DeviceKey[],
  signedAt: number,
): DeviceList {
  return { person: list.person, number: list.number + 1, devices, revoked, signedAt };
}

function requireName(name: string): void {
  if (!isDeviceName(name)) throw new LocalFault('BAD_DEVICE_NAME');
}

function requireDevice(list: DeviceList, key: DeviceKey): void {
  if (!list.devices.some((device) => device.key === key)) throw new LocalFault('NO_SUCH_DEVICE');
}
