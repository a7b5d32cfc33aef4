/** UdpSocket over the datagrams of this machine: at one address, at each of them, or of a group. */
import type { Socket } from 'node:dgram';
import type { Datagram, UdpPlace, UdpSocket } from '../ports.ts';
import { BoundSocket } from './bound-socket.ts';
import type { LoadSocketCalls } from './bound-socket.ts';
import { listenFault } from './endpoint.ts';
import { GroupMembership } from './multicast.ts';
import { isAnyAddress, openUdpEach } from './udp-each.ts';
import { bindUdp } from './udp-socket.ts';

/** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
export async function openUdp(
  at: UdpPlace,
  onDatagrams: (batch: readonly Datagram[]) => void,
  signal: AbortSignal,
  loadCalls?: LoadSocketCalls,
): Promise<UdpSocket> {
  if (at.isEachAddress === true && isAnyAddress(at.host)) {
    const each = await openUdpEach(at, onDatagrams, signal, { loadCalls });
    if (each !== undefined) return each;
  }
  const socket = await bindUdp(at, signal);
  if (at.group !== undefined) return openGroup(socket, at.group, at, onDatagrams);
  const bound = new BoundSocket(socket, { onDatagrams, loadCalls });
  return {
    local: bound.local,
    send: (bytes, to) => bound.send(bytes, to),
    [Symbol.asyncDispose]: () => bound[Symbol.asyncDispose](),
  };
}

/** Throws a LocalFault `LISTEN_FAILED`. */
function openGroup(
  socket: Socket,
  group: string,
  at: UdpPlace,
  onDatagrams: (batch: readonly Datagram[]) => void,
): UdpSocket {
  const membership = joinOrClose(socket, group, at);
  // nobody sends much to a group
  const bound = new BoundSocket(socket, { onDatagrams });
  return {
    local: bound.local,
    send(bytes, to) {
      if (bound.isClosed) return;
      if (to.host === group) membership.send(bytes, to.port);
      else bound.send(bytes, to);
    },
    [Symbol.asyncDispose](): Promise<void> {
      membership[Symbol.dispose]();
      return bound[Symbol.asyncDispose]();
    },
  };
}

/** Throws a LocalFault `LISTEN_FAILED`. */
function joinOrClose(socket: Socket, group: string, at: UdpPlace): GroupMembership {
  try {
    return new GroupMembership(socket, group, at.via);
  } catch (cause) {
    socket.close();
    throw listenFault(cause, at);
  }
}
