/** Two devices in two processes over loopback, with plain carriers or those that are used, and what a bench asks of them. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey, Endpoint } from '@coequal/base';
import { openClock, openEd25519, openNet, openRandom } from '@coequal/base/node';
import { MeshLinks, ownKeysOf, TcpDoor, TcpTransport } from '../src/index.ts';
import type { Carrier, OpenTransport, Transport, TransportHost } from '../src/index.ts';
import { openPlainTransport } from '../test/plain-transport.ts';
import type { Directory } from '../test/plain-transport.ts';

export type Kind = 'plain' | 'encrypted';
export type Side = 'near' | 'far';

export const never: AbortSignal = new AbortController().signal;
const net = openNet();
export const clock = openClock();
const HOST = '127.0.0.1';

/** Keys of a bench are no secret. */
function seedOf(side: Side): Uint8Array {
  return createHash('sha256').update(`bench ${side}`).digest();
}

function keysOf(side: Side): ReturnType<typeof ownKeysOf> {
  return ownKeysOf(seedOf(side), openEd25519());
}

export function keyOf(side: Side): DeviceKey {
  return deviceKeyOf(openEd25519().publicKey(seedOf(side)));
}

/** Opens the transport of one side; `at` is where the other side is. */
export async function transportOf(
  kind: Kind,
  side: Side,
  at: Endpoint | undefined,
  onListening: (at: Endpoint) => void,
): Promise<OpenTransport> {
  const other: Side = side === 'near' ? 'far' : 'near';
  if (kind === 'plain') {
    const directory: Directory = new Map();
    if (at !== undefined) directory.set(keyOf(other), at);
    const open = openPlainTransport({ own: keyOf(side), net, host: HOST, directory });
    return async (host, signal) => {
      const transport = await open(host, signal);
      const listening = directory.get(keyOf(side));
      if (listening !== undefined) onListening(listening);
      return transport;
    };
  }
  const keys = keysOf(side);
  const door = await TcpDoor.open({ at: [{ host: HOST, port: 0 }], keys, net, clock }, never);
  const [listening] = door.locals;
  if (listening !== undefined) onListening(listening);
  const known = at === undefined ? [] : [{ ...at, kind: 'tcp', source: 'lan' } as const];
  return async (host) => {
    const book = { addressesOf: () => known };
    const isNear = (): boolean => false;
    const transport = new TcpTransport({ host, book, isNear, keys, net, clock, door });
    return {
      name: 'tcp',
      dial: (to, signal) => transport.dial(to, signal),
      async [Symbol.asyncDispose]() {
        await transport[Symbol.asyncDispose]();
        await door[Symbol.asyncDispose]();
      },
    };
  };
}

export async function openLinks(transport: OpenTransport, side: Side): Promise<MeshLinks> {
  const options = {
    own: keyOf(side),
    transports: [transport],
    admission: { levelOf: () => 'contact' as const },
    onFailure: fail,
  };
  return await MeshLinks.open(options, { clock, random: openRandom() }, never);
}

/** The transport alone, for carriers as they are. */
export async function openBare(
  openTransport: OpenTransport,
  onCarrier: (carrier: Carrier) => void,
): Promise<Transport> {
  const host: TransportHost = { admits: () => true, onCarrier };
  return await openTransport(host, never);
}

/** Starts this file again, as the other side, and gives it where we are. */
export async function startOther(file: string, ...args: readonly string[]): Promise<ChildProcess> {
  const child = fork(file, args);
  await once(child, 'spawn');
  return child;
}

function fail(error: unknown): void {
  throw error;
}
