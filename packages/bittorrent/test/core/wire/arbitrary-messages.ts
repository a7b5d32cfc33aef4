/** Any message that a peer may send, for property tests. */
import * as fc from 'fast-check';
import { encodeDontHave, LT_DONTHAVE_ID } from '../../../src/core/wire/dont-have.ts';
import type { PeerMessage } from '../../../src/core/wire/peer-wire.ts';

const u32: fc.Arbitrary<number> = fc.nat(0xffffffff);
const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 });
const range = {
  piecesRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  baseLayer: u32,
  index: u32,
  length: u32,
  proofLayers: u32,
};
const hashes: fc.Arbitrary<Uint8Array> = fc
  .nat(4)
  .chain((count) => fc.uint8Array({ minLength: count * 32, maxLength: count * 32 }));

/** A record with the prototype of an object literal, so that it can be equal to a decoded message. */
function record<Fields>(fields: {
  [Key in keyof Fields]: fc.Arbitrary<Fields[Key]>;
}): fc.Arbitrary<Fields> {
  return fc.record<Fields>(fields, { noNullPrototype: true });
}

export const peerMessages: fc.Arbitrary<PeerMessage> = fc.oneof(
  record({ type: fc.constantFrom('choke', 'unchoke', 'interested', 'not-interested') }),
  record({ type: fc.constantFrom('keep-alive', 'have-all', 'have-none') }),
  record({ type: fc.constantFrom('have', 'suggest', 'allowed-fast'), piece: u32 }),
  record({ type: fc.constant('bitfield'), bytes }),
  record({
    type: fc.constantFrom('request', 'cancel', 'reject'),
    piece: u32,
    begin: u32,
    length: u32,
  }),
  record({ type: fc.constant('piece'), piece: u32, begin: u32, block: bytes }),
  record({ type: fc.constant('port'), port: fc.nat(0xffff) }),
  record({ type: fc.constant('extended'), id: fc.nat(255), payload: bytes }),
  record({
    type: fc.constant('extended'),
    id: fc.constant(LT_DONTHAVE_ID),
    payload: fc.nat(200).map(encodeDontHave),
  }),
  record({ type: fc.constantFrom('hash-request', 'hash-reject'), ...range }),
  record({ type: fc.constant('hashes'), ...range, hashes }),
);
