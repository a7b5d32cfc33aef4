/**
 * A person's devices: signed by the root key, numbered, and the newest counts (DESIGN.md section 2). What was revoked
 * stays revoked for ever. docs/identity.md has the bytes.
 */
import { assert, ByteReader, concatBytes, deviceKeyBytes, deviceKeyOf } from '@coequal/base';
import { equalBytes, PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519 } from '@coequal/base';
import { decodeDeviceEntry, encodeDeviceEntry } from './device-certificate.ts';
import { DEVICE_KEY_LENGTH, DEVICE_NAME_LENGTH_MAX } from './device-certificate.ts';
import type { DeviceEntry } from './device-certificate.ts';
import { PERSON_KEY_LENGTH, personKeyBytes, personKeyOf } from './person-key.ts';
import type { PersonKey } from './person-key.ts';
import { SIGNATURE_LENGTH, signedMessage } from './signed-message.ts';

export { DEVICE_NAME_LENGTH_MAX };
export type { DeviceEntry };

/** Computers and phones that one person uses; each is one more that contacts try to reach. */
export const DEVICES_MAX = 16;
/** Revoked devices are kept for ever: more than one person loses or replaces in a life. */
export const REVOKED_MAX = 256;
/** A u32, and signing one a second for a century does not come near it. A list at the end could not be followed. */
export const LIST_NUMBER_MAX = 0xffff_fffe;

const VERSION = 1;
const HEAD_LENGTH = 1 + PERSON_KEY_LENGTH + 4 + 4;
const ENTRY_LENGTH_MAX = DEVICE_KEY_LENGTH + 4 + 1 + DEVICE_NAME_LENGTH_MAX;
/** With all that fits in: about 10 kB. A frame that carries one needs no more. */
export const DEVICE_LIST_LENGTH_MAX: number =
  HEAD_LENGTH +
  (1 + DEVICES_MAX * ENTRY_LENGTH_MAX) +
  (2 + REVOKED_MAX * DEVICE_KEY_LENGTH) +
  SIGNATURE_LENGTH;

export interface DeviceList {
  readonly person: PersonKey;
  /** Each signing has one more than the one before. */
  readonly number: number;
  /** As they were added. */
  readonly devices: readonly DeviceEntry[];
  /** As they were revoked. */
  readonly revoked: readonly DeviceKey[];
  /** Seconds since 1970, by the clock of the device that signed: shown, never relied on. */
  readonly signedAt: number;
}

export function encodeDeviceList(
  list: DeviceList,
  sign: (message: Uint8Array) => Uint8Array,
): Uint8Array {
  const body = encodeBody(list);
  const signature = sign(signedMessage('coequal device list 1', body));
  assert(signature.length === SIGNATURE_LENGTH, 'an Ed25519 signature has 64 bytes');
  return concatBytes([body, signature]);
}

/** Throws PeerFault `BAD_DEVICE_LIST` or `BAD_SIGNATURE`. */
export function decodeDeviceList(bytes: Uint8Array, ed25519: Ed25519): DeviceList {
  if (bytes.length > DEVICE_LIST_LENGTH_MAX || bytes.length < HEAD_LENGTH + SIGNATURE_LENGTH)
    throw new PeerFault('BAD_DEVICE_LIST', { length: bytes.length });
  const body = bytes.subarray(0, -SIGNATURE_LENGTH);
  const list = decodeBody(body);
  const message = signedMessage('coequal device list 1', body);
  if (!ed25519.verify(personKeyBytes(list.person), message, bytes.subarray(-SIGNATURE_LENGTH)))
    throw new PeerFault('BAD_SIGNATURE', { person: list.person });
  return list;
}

/**
 * Which of two lists of one person counts. Throws PeerFault `OLD_DEVICE_LIST` (lower number), `FORKED_DEVICE_LIST`
 * (same number, other content: two devices signed at once), `REVOKED_CAME_BACK` or `OTHER_PERSON`; then what is held
 * goes on to count.
 */
export function newerList(held: DeviceList | undefined, come: DeviceList): DeviceList {
  if (held === undefined) return come;
  if (held.person !== come.person) throw new PeerFault('OTHER_PERSON');
  const numbers = { held: held.number, come: come.number };
  if (come.number < held.number) throw new PeerFault('OLD_DEVICE_LIST', numbers);
  if (come.number === held.number) {
    if (!equalBytes(encodeBody(held), encodeBody(come)))
      throw new PeerFault('FORKED_DEVICE_LIST', numbers);
    return held;
  }
  const revoked = new Set(come.revoked);
  if (!held.revoked.every((key) => revoked.has(key)))
    throw new PeerFault('REVOKED_CAME_BACK', numbers);
  return come;
}

/** The entry that certifies a device. Throws PeerFault `DEVICE_REVOKED` or `DEVICE_NOT_CERTIFIED`. */
export function certifiedDevice(list: DeviceList, key: DeviceKey): DeviceEntry {
  if (list.revoked.includes(key)) throw new PeerFault('DEVICE_REVOKED', { device: key });
  const entry = list.devices.find((device) => device.key === key);
  if (entry === undefined) throw new PeerFault('DEVICE_NOT_CERTIFIED', { device: key });
  return entry;
}

/** Version, person, number (u32), signed at (u32), count (u8) and entries, count (u16) and revoked keys. */
function encodeBody({ person, number, devices, revoked, signedAt }: DeviceList): Uint8Array {
  assert(devices.length <= DEVICES_MAX && revoked.length <= REVOKED_MAX, 'the list is too long');
  assert(areDistinct(devices, revoked), 'a device stands in a list once');
  assert([number, signedAt, ...devices.map(({ addedAt }) => addedAt)].every(isU32), 'a u32');
  assert(number >= 1 && number <= LIST_NUMBER_MAX, 'lists are numbered from one');
  const head = new Uint8Array(HEAD_LENGTH + 1);
  const view = new DataView(head.buffer);
  head[0] = VERSION;
  head.set(personKeyBytes(person), 1);
  view.setUint32(1 + PERSON_KEY_LENGTH, number);
  view.setUint32(5 + PERSON_KEY_LENGTH, signedAt);
  head[HEAD_LENGTH] = devices.length;
  const count = Uint8Array.of(revoked.length >> 8, revoked.length & 0xff);
  return concatBytes([
    head,
    ...devices.map(encodeDeviceEntry),
    count,
    ...revoked.map(deviceKeyBytes),
  ]);
}

function decodeBody(body: Uint8Array): DeviceList {
  try {
    return readBody(new ByteReader(body));
  } catch (cause) {
    if (!(cause instanceof PeerFault) || cause.code === 'BAD_DEVICE_LIST') throw cause;
    throw new PeerFault('BAD_DEVICE_LIST', { what: cause.code }, { cause });
  }
}

function readBody(reader: ByteReader): DeviceList {
  const version = reader.u8();
  if (version !== VERSION) throw new PeerFault('BAD_DEVICE_LIST', { version });
  const person = personKeyOf(reader.bytes(PERSON_KEY_LENGTH));
  const number = reader.u32();
  if (number < 1 || number > LIST_NUMBER_MAX) throw new PeerFault('BAD_DEVICE_LIST', { number });
  const signedAt = reader.u32();
  const devices = read(reader, reader.u8(), DEVICES_MAX, decodeDeviceEntry);
  const revoked = read(reader, reader.u16(), REVOKED_MAX, (from) =>
    deviceKeyOf(from.bytes(DEVICE_KEY_LENGTH)),
  );
  reader.end();
  if (!areDistinct(devices, revoked)) throw new PeerFault('BAD_DEVICE_LIST', { what: 'twice' });
  return { person, number, devices, revoked, signedAt };
}

function read<T>(
  reader: ByteReader,
  count: number,
  max: number,
  one: (from: ByteReader) => T,
): T[] {
  if (count > max) throw new PeerFault('BAD_DEVICE_LIST', { count, max });
  return Array.from({ length: count }, () => one(reader));
}

function areDistinct(devices: readonly DeviceEntry[], revoked: readonly DeviceKey[]): boolean {
  const keys = new Set([...devices.map(({ key }) => key), ...revoked]);
  return keys.size === devices.length + revoked.length;
}

function isU32(value: number): boolean {
  return value === value >>> 0;
}
