/** Opens a socket of Node for datagrams. */
import { createSocket } from 'node:dgram';
import type { Socket, SocketOptions } from 'node:dgram';
import { isIP } from 'node:net';
import { LocalFault } from '../fault.ts';
import { untilAborted } from '../lifetime.ts';
import type { UdpPlace } from '../ports.ts';
import { listenFault } from './endpoint.ts';

/**
 * What the system keeps for us while the event loop is busy: 1 MiB in datagrams of 1,400 bytes, which is a
 * window of uTP and which Linux counts as 1.7 MiB. Many systems give less, and do not say so.
 */
const RECEIVE_BUFFER_LENGTH = 2_048 * 1_024;

/** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
export async function bindUdp(at: UdpPlace, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const family = isIP(at.host);
  if (family === 0) throw new LocalFault('LISTEN_FAILED', { ...at, reason: 'no address' });
  // hosts are addresses, and of this family: looking one up would only put the datagram off
  const lookup: SocketOptions['lookup'] = (host, _options, callback) =>
    callback(null, host, family);
  const isShared = at.group !== undefined;
  const type = family === 4 ? 'udp4' : 'udp6';
  const ipv6Only = isShared && family === 6;
  const socket = createSocket({ type, lookup, reuseAddr: isShared, ipv6Only });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // once bound, an error is what came back for a datagram we sent: UDP promises nothing
  socket.on('error', (cause) => reject(listenFault(cause, at)));
  socket.bind({ address: at.host, port: at.port, exclusive: true }, resolve);
  try {
    await untilAborted(promise, signal);
    socket.setRecvBufferSize(RECEIVE_BUFFER_LENGTH);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
