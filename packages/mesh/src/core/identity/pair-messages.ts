/** Messages of `pair/1`, by which a new device becomes one of a person's. docs/identity.md has the order and the bytes. */
import { assert, ByteReader, concatBytes, decodeUtf8, deviceKeyBytes } from '@coequal/base';
import { deviceKeyOf, encodeUtf8, PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519 } from '@coequal/base';
import { DEVICE_KEY_LENGTH, isDeviceName } from './device-certificate.ts';
import { DEVICE_LIST_LENGTH_MAX } from './device-list.ts';
import { PERSON_KEY_LENGTH, personKeyBytes, personKeyOf } from './person-key.ts';
import type { PersonKey } from './person-key.ts';
import { SIGNATURE_LENGTH, signedMessage } from './signed-message.ts';

export const PAIR_NONCE_LENGTH = 32;
/** The longest carries a device list. */
const PAIR_MESSAGE_LENGTH_MAX: number = 1 + DEVICE_LIST_LENGTH_MAX;

const TYPE = { hello: 1, request: 2, joined: 3, declined: 4, kept: 5 } as const;

export interface PairHello {
  readonly type: 'hello';
  readonly nonce: Uint8Array;
  readonly person: PersonKey;
  readonly device: DeviceKey;
  readonly name: string;
}

export interface PairRequest {
  readonly type: 'request';
  readonly device: DeviceKey;
  readonly name: string;
  /** By the new device: nobody can have a device certified whose secret they do not have. */
  readonly signature: Uint8Array;
}

export type PairMessage =
  | PairHello
  | PairRequest
  /** The signed device list, in which the new device is. */
  | { readonly type: 'joined'; readonly list: Uint8Array }
  | { readonly type: 'declined' }
  /** The new device has it on its disk. */
  | { readonly type: 'kept' };

export function encodePairMessage(message: PairMessage): Uint8Array {
  const type = Uint8Array.of(TYPE[message.type]);
  switch (message.type) {
    case 'hello': {
      const { nonce, person, device, name } = message;
      const keys = [personKeyBytes(person), deviceKeyBytes(device)];
      return concatBytes([type, nonce, ...keys, nameBytes(name)]);
    }
    case 'request': {
      const { device, name, signature } = message;
      return concatBytes([type, deviceKeyBytes(device), nameBytes(name), signature]);
    }
    case 'joined':
      return concatBytes([type, message.list]);
    case 'declined':
    case 'kept':
      return type;
  }
}

/** Throws PeerFault `BAD_PAIR_MESSAGE`. */
export function decodePairMessage(bytes: Uint8Array): PairMessage {
  if (bytes.length > PAIR_MESSAGE_LENGTH_MAX)
    throw new PeerFault('BAD_PAIR_MESSAGE', { length: bytes.length });
  try {
    const reader = new ByteReader(bytes);
    const message = decodeBody(reader.u8(), reader);
    reader.end();
    return message;
  } catch (cause) {
    if (!(cause instanceof PeerFault) || cause.code === 'BAD_PAIR_MESSAGE') throw cause;
    throw new PeerFault('BAD_PAIR_MESSAGE', { what: cause.code }, { cause });
  }
}

function decodeBody(type: number, reader: ByteReader): PairMessage {
  switch (type) {
    case TYPE.hello: {
      const nonce = reader.bytes(PAIR_NONCE_LENGTH).slice();
      const person = personKeyOf(reader.bytes(PERSON_KEY_LENGTH));
      const device = deviceKeyOf(reader.bytes(DEVICE_KEY_LENGTH));
      return { type: 'hello', nonce, person, device, name: readName(reader) };
    }
    case TYPE.request: {
      const device = deviceKeyOf(reader.bytes(DEVICE_KEY_LENGTH));
      const name = readName(reader);
      return { type: 'request', device, name, signature: reader.bytes(SIGNATURE_LENGTH).slice() };
    }
    case TYPE.joined:
      return { type: 'joined', list: reader.rest().slice() };
    case TYPE.declined:
      return { type: 'declined' };
    case TYPE.kept:
      return { type: 'kept' };
    default:
      throw new PeerFault('BAD_PAIR_MESSAGE', { type });
  }
}

function nameBytes(name: string): Uint8Array {
  assert(isDeviceName(name), 'a device has a name that others would take');
  const text = encodeUtf8(name);
  return concatBytes([Uint8Array.of(text.length), text]);
}

function readName(reader: ByteReader): string {
  const name = decodeUtf8(reader.bytes(reader.u8()));
  if (name === undefined || !isDeviceName(name))
    throw new PeerFault('BAD_PAIR_MESSAGE', { what: 'name' });
  return name;
}

/** What the new device signs: that it wants to be one of that person's, to that device, this once. */
export function newDeviceMessage(hello: PairHello, device: DeviceKey, name: string): Uint8Array {
  return signedMessage(
    'coequal new device 1',
    concatBytes([
      hello.nonce,
      personKeyBytes(hello.person),
      deviceKeyBytes(hello.device),
      deviceKeyBytes(device),
      nameBytes(name),
    ]),
  );
}

/** Throws PeerFault `BAD_SIGNATURE`. */
export function verifyRequest(hello: PairHello, request: PairRequest, ed25519: Ed25519): void {
  const { device, name, signature } = request;
  if (!ed25519.verify(deviceKeyBytes(device), newDeviceMessage(hello, device, name), signature))
    throw new PeerFault('BAD_SIGNATURE', { device });
}
