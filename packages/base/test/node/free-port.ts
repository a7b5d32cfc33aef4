/** For programs, and nodes, that cannot be told to take any port, or cannot tell which one they got. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Whoever asks the system for any port gets one from 32768 on, on others than Linux from 49152 on: of those below, none is
 * given away between here and the program.
 */
const FIRST = 20_000;
const COUNT = 12_000;
/** No two callers get the same; other processes begin elsewhere. */
let next = randomInt(COUNT);

/** A port that is free for TCP and UDP on 127.0.0.1, and will be until somebody asks for it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next % COUNT);
    next += 1;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const socket = createSocket('udp4');
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    await once(socket.bind(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false; // somebody has it
  } finally {
    await new Promise((done) => server.close(done));
    await new Promise<void>((done) => void socket.close(done));
  }
}
