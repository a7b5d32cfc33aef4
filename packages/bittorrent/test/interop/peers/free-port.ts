/** For programs that cannot tell which port they got. */
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A port that a moment ago was free for TCP and UDP on 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, not a path
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  await Promise.all([
    new Promise<void>((done) => socket.close(done)),
    new Promise((done) => server.close(done)),
  ]);
  return port;
}
