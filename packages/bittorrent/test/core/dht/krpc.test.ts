import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeUtf8, PeerFault } from '@coequal/base';
import { encodeBencode } from '../../../src/core/bencode.ts';
import { decodeKrpc, isKrpc } from '../../../src/core/dht/krpc.ts';
import { encodeKrpc } from '../../../src/core/dht/krpc-encode.ts';
import type { KrpcMessage } from '../../../src/core/dht/krpc-messages.ts';
import { keyOf, nodeIdOf } from '../../../src/core/dht/node-id.ts';
import { infoHashOf } from '../../../src/core/ids.ts';

const ID = nodeIdOf(encodeUtf8('abcdefghij0123456789'));
const OTHER = nodeIdOf(encodeUtf8('mnopqrstuvwxyz123456'));
const t = encodeUtf8('aa');

function show(message: KrpcMessage): string {
  return new TextDecoder('latin1').decode(encodeKrpc(message)).replace('1:v4:CE\0\x01', '');
}

function query(query: Extract<KrpcMessage, { type: 'query' }>['query']): KrpcMessage {
  return { type: 'query', transactionId: t, id: ID, isReadOnly: false, query };
}

test('messages of BEP 32 and 43, byte by byte', () => {
  const target = keyOf(encodeUtf8('mnopqrstuvwxyz123456'));
  assert.equal(
    show(query({ method: 'find_node', target, want: [4, 6] })),
    'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl2:n42:n6ee1:q9:find_node1:t2:aa1:y1:qe',
  );
  const node = { id: OTHER, host: '6162:6364:6566:6768:696a:6b6c:6d6e:6f70', port: 0x7172 };
  assert.equal(
    show({ type: 'response', transactionId: t, id: ID, answer: { nodes6: [node] } }),
    'd1:rd2:id20:abcdefghij01234567896:nodes638:mnopqrstuvwxyz123456abcdefghijklmnopqre1:t2:aa1:y1:re',
  );
  assert.equal(
    show({ ...query({ method: 'ping' }), isReadOnly: true } as KrpcMessage),
    'd1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi1e1:t2:aa1:y1:qe',
  );
});

test('of what is wanted what we do not know is passed over, and both families are taken from one list (BEP 32)', () => {
  const wanting = encodeUtf8(
    'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl2:n92:n6ee1:q9:find_node1:t2:aa1:y1:qe',
  );
  const asked = decodeKrpc(wanting);
  assert.ok(asked.type === 'query');
  assert.deepEqual(asked.query.want, [6]);
  const hybrid = encodeUtf8(
    'd1:rd2:id20:abcdefghij01234567896:valuesl6:axje.u18:abcdefghijklmnopqree1:t2:aa1:y1:re',
  );
  const answered = decodeKrpc(hybrid);
  assert.ok(answered.type === 'response');
  assert.deepEqual(answered.answer.peers, [
    { host: '97.120.106.101', port: 11893 },
    { host: '6162:6364:6566:6768:696a:6b6c:6d6e:6f70', port: 0x7172 },
  ]);
});

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const id = bytes(20).map((each) => nodeIdOf(each));
const port = fc.integer({ min: 1, max: 0xffff });
const endpoint = fc.record({
  host: bytes(4).map((each) => each.join('.')),
  port,
});
const item = fc.oneof(
  fc.record({ type: fc.constant('immutable' as const), value: bytes(9).map(encodeBencode) }),
  fc.record({
    type: fc.constant('mutable' as const),
    value: bytes(9).map(encodeBencode),
    publicKey: bytes(32),
    salt: fc.uint8Array({ maxLength: 64 }),
    sequence: fc.nat(),
    signature: bytes(64),
  }),
);
const infoHash = bytes(20).map((each) => infoHashOf(each));
const anyQuery = fc.oneof(
  fc.constant({ method: 'ping' as const }),
  fc.record({ method: fc.constantFrom('find_node', 'sample_infohashes'), target: id }),
  fc.record({
    method: fc.constant('get_peers' as const),
    infoHash,
    noSeeds: fc.boolean(),
    scrape: fc.boolean(),
    want: fc.constantFrom<readonly (4 | 6)[]>([4], [6], [4, 6]),
  }),
  fc.record({
    method: fc.constant('announce_peer' as const),
    infoHash,
    port,
    impliedPort: fc.constant(false),
    isSeed: fc.boolean(),
    token: bytes(8),
  }),
  fc.record(
    { method: fc.constant('get' as const), target: id, sequence: fc.nat() },
    { requiredKeys: ['method', 'target'] },
  ),
  fc.record({ method: fc.constant('put' as const), item, cas: fc.nat(), token: bytes(8) }),
);
const answer = fc.record(
  {
    nodes: fc.array(fc.record({ id, host: bytes(4).map((each) => each.join('.')), port }), {
      maxLength: 8,
    }),
    peers: fc.array(endpoint, { maxLength: 80 }),
    token: bytes(8),
    seedFilter: bytes(256),
    peerFilter: bytes(256),
    samples: fc.array(infoHash, { maxLength: 20 }),
    infoHashCount: fc.nat(),
    sampleIntervalSeconds: fc.nat(),
  },
  { requiredKeys: [] },
);
const anyMessage = fc.oneof(
  fc.record({
    type: fc.constant('query' as const),
    transactionId: fc.uint8Array({ maxLength: 32 }),
    id,
    isReadOnly: fc.boolean(),
    query: anyQuery,
  }),
  fc.record({
    type: fc.constant('response' as const),
    transactionId: bytes(4),
    id,
    answer,
    seenAs: endpoint,
  }),
  fc.record({
    type: fc.constant('error' as const),
    transactionId: bytes(2),
    code: fc.nat(),
    text: fc.constant('a reason'),
  }),
) as fc.Arbitrary<KrpcMessage>;

test('what is encoded is decoded to the same', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const encoded = encodeKrpc(message);
      assert.ok(isKrpc(encoded));
      assert.deepEqual(decodeKrpc(encoded), structuredClone(message)); // records of fast-check have no prototype
    }),
  );
});

test('any bytes are a message or a PeerFault', () => {
  const decode = (datagram: Uint8Array): void => {
    try {
      decodeKrpc(datagram);
    } catch (error) {
      assert.ok(error instanceof PeerFault, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 3_000 }), decode));
  fc.assert(
    fc.property(anyMessage, fc.nat(), fc.nat(255), (message, at, value) => {
      const encoded = encodeKrpc(message);
      encoded[at % encoded.length] = value;
      decode(encoded);
      decode(encoded.subarray(0, at % encoded.length));
    }),
  );
});

test('what is too long, too deep or of another form is refused', () => {
  const long = encodeBencode({
    t: 'aa',
    y: 'q',
    q: 'ping',
    a: { id: new Uint8Array(20) },
    x: new Uint8Array(2_048),
  });
  assert.throws(() => decodeKrpc(long), { code: 'BENCODE_LIMIT' });
  assert.throws(() => decodeKrpc(encodeUtf8('l'.repeat(900))), { code: 'BENCODE_LIMIT' });
  for (const bad of ['le', 'de', 'd1:y1:qe', 'd1:t2:aa1:y1:ze', 'd1:rde1:t2:aa1:y1:re']) {
    assert.throws(() => decodeKrpc(encodeUtf8(bad)), { code: 'BAD_KRPC' });
  }
  const nodes = encodeBencode({ t: 'aa', y: 'r', r: { id: new Uint8Array(20), nodes: 'abc' } });
  assert.throws(() => decodeKrpc(nodes), { code: 'BAD_KRPC' });
  const unknown = encodeBencode({ t: 'aa', y: 'q', q: 'dance', a: { id: new Uint8Array(20) } });
  assert.deepEqual(decodeKrpc(unknown), { type: 'bad-query', transactionId: t, code: 204 });
  const many = encodeBencode({
    t: 'aa',
    y: 'r',
    r: { id: new Uint8Array(20), nodes: new Uint8Array(26 * 50).fill(9) },
  });
  const decoded = decodeKrpc(many);
  assert.ok(decoded.type === 'response');
  assert.equal(decoded.answer.nodes?.length, 16);
});
