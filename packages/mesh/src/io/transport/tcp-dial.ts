/** A proven channel to a device at one address. */
import { assert, LocalFault, PeerFault } from '@coequal/base';
import type { Clock, DeviceKey, Endpoint, Net } from '@coequal/base';
import { deviceKeyBytes } from '@coequal/base';
import { ConnStream } from './conn-stream.ts';
import { encodeGreeting } from './greeting.ts';
import type { Greeting } from './greeting.ts';
import type { OwnKeys } from './own-keys.ts';
import { CHANNEL_TIMING, SecretChannel } from './secret-channel.ts';
import type { ChannelTiming } from './secret-channel.ts';
import { MessageStream } from './secret-stream.ts';

export interface Dialling {
  readonly keys: OwnKeys;
  readonly net: Net;
  readonly clock: Clock;
  readonly timing?: ChannelTiming;
}

/** Rejects with LocalFault `DIAL_FAILED` (`reason`), or the signal's reason. */
export async function dialChannel(
  to: DeviceKey,
  at: Endpoint,
  greeting: Greeting,
  { keys, net, clock, timing = CHANNEL_TIMING }: Dialling,
  signal: AbortSignal,
): Promise<SecretChannel> {
  const conn = await net.dial(at, signal);
  const under = new ConnStream(conn);
  const remotePublicKey = deviceKeyBytes(to);
  const options = { pattern: 'IK', keyPair: keys.pair, remotePublicKey } as const;
  const stream = new MessageStream(true, under, options, under.room);
  const role = { type: 'dialler', greeting: encodeGreeting(greeting) } as const;
  try {
    const opened = await SecretChannel.open(stream, under, role, clock, timing, signal);
    assert(opened !== undefined, 'nothing takes what was dialled');
    return opened.channel;
  } catch (error) {
    signal.throwIfAborted();
    throw dialFault(error, at);
  }
}

/** Who listens there and has another key closes without a word. */
export function dialFault(error: unknown, at: Endpoint): unknown {
  if (!(error instanceof PeerFault) && !(error instanceof LocalFault)) return error;
  if (error.code === 'DIAL_FAILED') return error;
  const { host, port } = at;
  return new LocalFault('DIAL_FAILED', { host, port, reason: error.code }, { cause: error });
}
