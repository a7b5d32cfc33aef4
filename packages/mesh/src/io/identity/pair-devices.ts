/**
 * Adds a device to a person's, over a channel whose ends have proven to each other that they know one secret (a code that
 * was typed, or a QR code). Nothing of the root key is sent: the new device gets a list in which it stands.
 */
import { deviceNameOf } from '../../core/identity/device-certificate.ts';
import { assert, LocalFault, PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519, Random } from '@coequal/base';
import {
  decodePairMessage,
  encodePairMessage,
  newDeviceMessage,
  PAIR_NONCE_LENGTH,
  verifyRequest,
} from '../../core/identity/pair-messages.ts';
import type { PairHello, PairMessage } from '../../core/identity/pair-messages.ts';
import { decodeDeviceList } from '../../core/identity/device-list.ts';
import type { Identity } from './identity.ts';

/** For whole messages, in order, encrypted by what both ends have proven. */
export interface ProvenChannel {
  /** Comes of the proven secret: two persons, or one at two screens, can compare it. */
  readonly confirmCode: string;
  send(message: Uint8Array): void;
  /** The next message. Rejects with the signal's reason, or with why the channel ended. */
  receive(signal: AbortSignal): Promise<Uint8Array>;
}

/** Who is at the other end, to be shown beside the channel's code. */
export interface OtherDevice {
  readonly key: DeviceKey;
  readonly name: string;
  readonly confirmCode: string;
}

export interface PairPorts {
  readonly random: Random;
  readonly ed25519: Ed25519;
}

/**
 * On a device that has the words. `confirm` shows the new device, and resolves to whether it is to be added, once the
 * identity is unlocked. Resolves to the device that was added; undefined when the person said no. Rejects with PeerFaults
 * of what came, LocalFault `IDENTITY_LOCKED`, `WORDS_NOT_HERE`, `TOO_MANY_DEVICES`, and as the channel. A device that was
 * added when the channel ends stays in the list, and joins when it pairs again.
 */
export async function admitDevice(
  identity: Identity,
  channel: ProvenChannel,
  confirm: (other: OtherDevice) => Promise<boolean>,
  { random, ed25519 }: PairPorts,
  signal: AbortSignal,
): Promise<OtherDevice | undefined> {
  const hello = helloOf(identity, random);
  channel.send(encodePairMessage(hello));
  const request = await next(channel, 'request', signal);
  verifyRequest(hello, request, ed25519);
  const other = { key: request.device, name: request.name, confirmCode: channel.confirmCode };
  const isWanted = await confirm(other);
  signal.throwIfAborted();
  if (!isWanted) {
    channel.send(encodePairMessage({ type: 'declined' }));
    return undefined;
  }
  await identity.addDevice({ key: other.key, name: other.name });
  const { own } = identity;
  assert(own !== undefined, 'who adds a device is somebody');
  channel.send(encodePairMessage({ type: 'joined', list: own.encodedDeviceList }));
  await next(channel, 'kept', signal);
  return other;
}

function helloOf(identity: Identity, random: Random): PairHello {
  const { own } = identity;
  if (own === undefined) throw new LocalFault('NO_IDENTITY');
  const entry = own.deviceList.devices.find(({ key }) => key === own.device);
  const name = entry?.name ?? deviceNameOf('', 'device');
  const nonce = random.bytes(PAIR_NONCE_LENGTH);
  return { type: 'hello', nonce, person: own.person, device: own.device, name };
}

/**
 * On the new device. `onOther` shows who answers, and the code. Rejects with LocalFault `PAIRING_DECLINED`,
 * `IDENTITY_EXISTS`, PeerFaults of what came, and as the channel.
 */
export async function joinPerson(
  identity: Identity,
  name: string,
  channel: ProvenChannel,
  onOther: (other: OtherDevice) => void,
  { ed25519 }: PairPorts,
  signal: AbortSignal,
): Promise<void> {
  if (!identity.canJoin) throw new LocalFault('IDENTITY_EXISTS');
  // once the other device has signed for this key, it must not be lost with the power
  await identity.keepDevice();
  const hello = await next(channel, 'hello', signal);
  const { own } = identity;
  if (own !== undefined && own.person !== hello.person) throw new LocalFault('OTHER_WORDS');
  onOther({ key: hello.device, name: hello.name, confirmCode: channel.confirmCode });
  const signature = ed25519.sign(
    identity.deviceSecret(),
    newDeviceMessage(hello, identity.device, name),
  );
  channel.send(encodePairMessage({ type: 'request', device: identity.device, name, signature }));
  const { list } = await next(channel, 'joined', signal);
  if (decodeDeviceList(list, ed25519).person !== hello.person) throw new PeerFault('OTHER_PERSON');
  await identity.join(list);
  channel.send(encodePairMessage({ type: 'kept' }));
}

/** Throws LocalFault `PAIRING_DECLINED`, PeerFault `BAD_PAIR_MESSAGE`. */
async function next<const Type extends PairMessage['type']>(
  channel: ProvenChannel,
  type: Type,
  signal: AbortSignal,
): Promise<Extract<PairMessage, { type: Type }>> {
  const message = decodePairMessage(await channel.receive(signal));
  if (isOfType(message, type)) return message;
  if (message.type === 'declined') throw new LocalFault('PAIRING_DECLINED');
  throw new PeerFault('BAD_PAIR_MESSAGE', { type: message.type });
}

function isOfType<const Type extends PairMessage['type']>(
  message: PairMessage,
  type: Type,
): message is Extract<PairMessage, { type: Type }> {
  return message.type === type;
}
