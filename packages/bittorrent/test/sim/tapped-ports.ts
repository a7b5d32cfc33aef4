/** Ports whose connections pass what an engine sends through a function, which may change it: liars that are engines. */
import type { Endpoint, Ports } from '@coequal/base';
import { encodePeerMessage, MESSAGE_ID } from '../../src/core/wire/peer-wire.ts';
import { withConns, wrapConn } from '../wrapped-ports.ts';

/** The chunks of one write: returns what is sent instead. */
export type SendTap = (to: Endpoint, chunks: readonly Uint8Array[]) => readonly Uint8Array[];

export function tapSends(ports: Ports, tap: SendTap): Ports {
  return withConns(ports, (conn) =>
    wrapConn(conn, { send: (chunks, onSent) => conn.send(tap(conn.remote, chunks), onSent) }),
  );
}

/**
 * An honest engine on these takes all that it can get and gives nothing, since nobody ever hears that it
 * unchokes, or allows a piece.
 */
export function freeRiderPorts(ports: Ports): Ports {
  return tapSends(ports, (_to, chunks) =>
    chunks.filter((chunk) => !isAlone(chunk, 'unchoke') && !isAlone(chunk, 'allowed-fast')),
  );
}

/** An honest engine on these serves what it has, and now and then a block with a wrong byte. */
export function spoilingPorts(ports: Ports, share: number): Ports {
  return tapSends(ports, (_to, chunks) =>
    chunks.map((chunk) =>
      chunk.length > SPOILT_LENGTH_MIN && ports.random.number() < share ? spoil(chunk) : chunk,
    ),
  );
}

/** What is longer is part of a block. */
const SPOILT_LENGTH_MIN = 8_192;

function spoil(chunk: Uint8Array): Uint8Array {
  const copy = chunk.slice();
  copy[100] = (copy[100] ?? 0) ^ 1;
  return copy;
}

/** A chunk that is one message of that type. */
function isAlone(chunk: Uint8Array, type: 'unchoke' | 'allowed-fast'): boolean {
  return chunk.length === MESSAGE_LENGTH[type] && chunk[4] === MESSAGE_ID[type];
}

const MESSAGE_LENGTH = {
  unchoke: encodePeerMessage({ type: 'unchoke' }).length,
  'allowed-fast': encodePeerMessage({ type: 'allowed-fast', piece: 0 }).length,
} as const;
