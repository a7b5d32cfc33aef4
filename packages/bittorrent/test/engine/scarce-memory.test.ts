import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';
import type { LabNode } from './lab.ts';
import { RawPeer } from './raw-peer.ts';

/** A peer that has those of eight pieces, and unchokes. */
async function dialWith(lab: Lab, name: string, leech: LabNode, bits: number): Promise<RawPeer> {
  const peer = await lab.run(() => RawPeer.dial(lab.world.host(name), leech.endpoint));
  peer.greet(lab.infoHash);
  peer.send({ type: 'bitfield', bytes: Uint8Array.of(bits) }, { type: 'unchoke' });
  await lab.world.pass(2_000);
  return peer;
}

function askedPieces(peer: RawPeer): readonly number[] {
  const pieces = peer.messages.flatMap((it) => (it.type === 'request' ? [it.piece] : []));
  return [...new Set(pieces)];
}

test('memory that one peer frees by giving up a stalled piece goes to nobody else first', async () => {
  await using lab = await Lab.open({ content: 8 * 32_768 });
  const leech = await lab.leech('leech', [], { host: { hasher: { slotCount: 4 } } });
  const first = await dialWith(lab, 'first', leech, 0b1111_0000);
  assert.equal(askedPieces(first).length, 4);
  // two more want memory for the same piece, and there is none
  const others = [
    await dialWith(lab, 'second', leech, 0b0000_0001),
    await dialWith(lab, 'third', leech, 0b0000_0001),
  ];
  assert.deepEqual(others.flatMap(askedPieces), []);
  first.conn.close(); // nobody is left who has the four pieces under way
  await lab.until(() => others.some((peer) => askedPieces(peer).includes(7)));
  const seed = await lab.seed();
  leech.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(leech);
});
