/** Ports that do in some places something else than those they are made of. */
import type { Conn, Endpoint, Net, Ports, UdpPlace } from '@coequal/base';

export function withNet(ports: Ports, changed: (net: Net) => Partial<Net>): Ports {
  const { net } = ports;
  const same: Net = {
    dial: (to, signal) => net.dial(to, signal),
    listen: (at, onConn, signal) => net.listen(at, onConn, signal),
    udp: (at, onDatagrams, signal) => net.udp(at, onDatagrams, signal),
    resolve: (host, signal) => net.resolve(host, signal),
  };
  return { ...ports, net: { ...same, ...changed(net) } };
}

/** All connections, whoever dialled, go through `wrap`. */
export function withConns(ports: Ports, wrap: (conn: Conn) => Conn): Ports {
  return withNet(ports, (net) => ({
    dial: async (to, signal) => wrap(await net.dial(to, signal)),
    listen: (at, onConn, signal) => net.listen(at, (conn) => onConn(wrap(conn)), signal),
  }));
}

export function wrapConn(conn: Conn, changed: Partial<Pick<Conn, 'start' | 'send'>>): Conn {
  return {
    remote: conn.remote,
    local: conn.local,
    get queuedBytes() {
      return conn.queuedBytes;
    },
    get onDrain() {
      return conn.onDrain;
    },
    set onDrain(onDrain) {
      conn.onDrain = onDrain;
    },
    start: (onBytes, onClose) => conn.start(onBytes, onClose),
    pause: () => conn.pause(),
    resume: () => conn.resume(),
    send: (chunks, onSent) => conn.send(chunks, onSent),
    close: (why) => conn.close(why),
    ...changed,
  };
}

/** The ports, and what is dialled through them, in order. */
export function noteDials(ports: Ports, dialled: Endpoint[]): Ports {
  return withNet(ports, (net) => ({
    dial: (to, signal) => {
      dialled.push(to);
      return net.dial(to, signal);
    },
  }));
}

/** `note` sees every datagram that is sent, and the place of the socket that sends it. */
export function noteDatagrams(
  ports: Ports,
  note: (bytes: Uint8Array, to: Endpoint, at: UdpPlace) => void,
): Ports {
  return withNet(ports, (net) => ({
    async udp(at, onDatagrams, signal) {
      const socket = await net.udp(at, onDatagrams, signal);
      return {
        local: socket.local,
        get problem() {
          return socket.problem;
        },
        send(bytes, to, from) {
          note(bytes, to, at);
          socket.send(bytes, to, from);
        },
        [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
      };
    },
  }));
}
