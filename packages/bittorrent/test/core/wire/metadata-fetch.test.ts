import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { HashKind } from '@coequal/base';
import * as fc from 'fast-check';
import { infoHashOf, infoHashV2Of } from '../../../src/core/ids.ts';
import {
  METADATA_LENGTH_MAX,
  METADATA_PIECE_LENGTH as PIECE,
} from '../../../src/core/wire/metadata-exchange.ts';
import { MetadataFetch } from '../../../src/core/wire/metadata-fetch.ts';
import type {
  MetadataFetchInput,
  MetadataFetchOutput,
} from '../../../src/core/wire/metadata-fetch.ts';
import { seededRandom } from '../seeded-random.ts';

type Input = MetadataFetchInput<string> | { type: 'timeout' };
type Output = MetadataFetchOutput<string>;

function hash(bytes: Uint8Array, kind: HashKind): Uint8Array {
  return createHash(kind).update(bytes).digest();
}

function makeInfo(length: number, salt = 0): Uint8Array {
  const info = new Uint8Array(length);
  for (let at = 0; at < length; at++) info[at] = at * 7 + salt + (at >> 8);
  return info;
}

function hashesOf(info: Uint8Array): { infoHash: ReturnType<typeof infoHashOf> } {
  return { infoHash: infoHashOf(hash(info, 'sha1')) };
}

function pieceOf(info: Uint8Array, piece: number): Uint8Array {
  return info.subarray(piece * PIECE, (piece + 1) * PIECE);
}

function data(peer: string, piece: number, info: Uint8Array): Input {
  return { type: 'data', peer, piece, totalSize: info.length, bytes: pieceOf(info, piece) };
}

function requests(outputs: readonly Output[]): string[] {
  return outputs.map((output) =>
    output.type === 'request' ? `${output.peer}${output.piece}` : output.type,
  );
}

function faults(outputs: readonly Output[]): string[] {
  return outputs.flatMap((output) =>
    output.type === 'fault' ? [`${output.peer} ${output.fault.code}`] : [],
  );
}

function doneBytes(outputs: readonly Output[]): Uint8Array | undefined {
  for (const output of outputs) if (output.type === 'done') return output.infoBytes;
  return undefined;
}

test('the first offer is asked at once, and its answers are the metadata', () => {
  const info = makeInfo(PIECE + 100);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  assert.equal(fetch.deadline, undefined);
  assert.deepEqual(requests(fetch.step({ type: 'peer-offers', peer: 'a', size: info.length }, 0)), [
    'a0',
    'a1',
  ]);
  assert.deepEqual(fetch.step(data('a', 1, info), 1), []);
  const outputs = fetch.step(data('a', 0, info), 2);
  assert.deepEqual(outputs, [{ type: 'done', infoBytes: info }]);
  assert.equal(fetch.deadline, undefined);
  assert.deepEqual(fetch.step({ type: 'peer-offers', peer: 'b', size: 5 }, 3), []);
});

test('bytes that were passed in may be overwritten afterwards', () => {
  const info = makeInfo(PIECE + 100);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  fetch.step({ type: 'peer-offers', peer: 'a', size: info.length }, 0);
  const bytes = pieceOf(info, 0).slice();
  fetch.step({ type: 'data', peer: 'a', piece: 0, totalSize: info.length, bytes }, 0);
  bytes.fill(0);
  assert.deepEqual(doneBytes(fetch.step(data('a', 1, info), 0)), info);
});

test('pieces are asked of all peers, a few at a time each', () => {
  const info = makeInfo(PIECE * 10);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  const offer = (peer: string): string[] =>
    requests(fetch.step({ type: 'peer-offers', peer, size: info.length }, 0));
  assert.deepEqual(offer('a'), ['a0', 'a1', 'a2', 'a3']);
  assert.deepEqual(offer('b'), ['b4', 'b5', 'b6', 'b7']);
  assert.deepEqual(requests(fetch.step(data('b', 4, info), 1)), ['b8']);
  assert.deepEqual(requests(fetch.step({ type: 'peer-gone', peer: 'a' }, 1)), []);
  assert.deepEqual(requests(fetch.step(data('b', 5, info), 2)), ['b9']);
  assert.deepEqual(requests(fetch.step(data('b', 6, info), 2)), ['b0']);
});

test('with both info hashes known, the metadata must match both', () => {
  const info = makeInfo(100);
  const infoHashV2 = infoHashV2Of(hash(info, 'sha256'));
  const good = new MetadataFetch<string>({ ...hashesOf(info), infoHashV2 }, hash);
  good.step({ type: 'peer-offers', peer: 'a', size: 100 }, 0);
  assert.deepEqual(doneBytes(good.step(data('a', 0, info), 0)), info);
  for (const wrong of [
    { ...hashesOf(info), infoHashV2: infoHashV2Of(hash(makeInfo(99), 'sha256')) },
    { ...hashesOf(makeInfo(99)), infoHashV2 },
    { infoHashV2: infoHashV2Of(hash(makeInfo(99), 'sha256')) },
  ]) {
    const bad = new MetadataFetch<string>(wrong, hash);
    bad.step({ type: 'peer-offers', peer: 'a', size: 100 }, 0);
    assert.deepEqual(faults(bad.step(data('a', 0, info), 0)), ['a BAD_METADATA']);
  }
});

test('a slow peer is backed by another, and its late answer still counts', () => {
  const info = makeInfo(PIECE + 1);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  fetch.step({ type: 'peer-offers', peer: 'a', size: info.length }, 0);
  assert.deepEqual(
    requests(fetch.step({ type: 'peer-offers', peer: 'b', size: info.length }, 0)),
    [],
  );
  const slowAt = fetch.deadline ?? 0;
  assert.ok(slowAt > 0);
  assert.deepEqual(requests(fetch.step({ type: 'timeout' }, slowAt)), ['b0', 'b1']);
  fetch.step({ type: 'timeout' }, 60_000);
  assert.deepEqual(fetch.step(data('a', 0, info), 60_000), []);
  assert.deepEqual(doneBytes(fetch.step(data('b', 1, info), 60_000)), info);
});

test('while one peer is counted on for a piece, no third one is asked', () => {
  const info = makeInfo(100);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  fetch.step({ type: 'peer-offers', peer: 'a', size: 100 }, 0);
  fetch.step({ type: 'peer-offers', peer: 'b', size: 100 }, 0);
  const slowAt = fetch.deadline ?? 0;
  assert.deepEqual(requests(fetch.step({ type: 'timeout' }, slowAt)), ['b0']);
  assert.deepEqual(fetch.step({ type: 'peer-offers', peer: 'c', size: 100 }, slowAt), []);
  assert.deepEqual(fetch.step({ type: 'reject', peer: 'a', piece: 0 }, slowAt), []);
  assert.deepEqual(requests(fetch.step({ type: 'reject', peer: 'b', piece: 0 }, slowAt)), ['c0']);
});

test('requests that fail together make one pause', () => {
  const fetch = new MetadataFetch<string>(hashesOf(makeInfo(PIECE * 3)), hash);
  fetch.step({ type: 'peer-offers', peer: 'a', size: PIECE * 3 }, 0);
  for (const piece of [0, 1, 2]) fetch.step({ type: 'reject', peer: 'a', piece }, 0);
  assert.equal(fetch.deadline, 2_000);
});

test('a peer that rejects is left alone for a while, then asked again', () => {
  const info = makeInfo(10);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  fetch.step({ type: 'peer-offers', peer: 'a', size: 10 }, 0);
  let now = 0;
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    assert.deepEqual(fetch.step({ type: 'reject', peer: 'a', piece: 0 }, now), []);
    const next = fetch.deadline ?? 0;
    waits.push(next - now);
    now = next;
    assert.deepEqual(requests(fetch.step({ type: 'timeout' }, now)), ['a0']);
  }
  assert.deepEqual(
    waits,
    [2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000),
  );
});

test('one who gave all of wrong metadata is faulted, and the next peer is asked', () => {
  const info = makeInfo(PIECE + 7);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  fetch.step({ type: 'peer-offers', peer: 'liar', size: info.length }, 0);
  fetch.step({ type: 'peer-offers', peer: 'b', size: info.length }, 0);
  const lie = makeInfo(info.length, 1);
  fetch.step(data('liar', 0, lie), 0);
  const outputs = fetch.step(data('liar', 1, lie), 0);
  assert.deepEqual(requests(outputs), ['fault', 'b0', 'b1']);
  assert.deepEqual(faults(outputs), ['liar BAD_METADATA']);
});

test('after a mismatch of several peers each is tried alone, and only the liar is faulted', () => {
  const info = makeInfo(PIECE * 8);
  const lie = makeInfo(PIECE * 8, 1);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  fetch.step({ type: 'peer-offers', peer: 'a', size: info.length }, 0);
  fetch.step({ type: 'peer-offers', peer: 'liar', size: info.length }, 0);
  for (const piece of [0, 1, 2, 3]) fetch.step(data('a', piece, info), 1);
  let outputs: readonly Output[] = [];
  for (const piece of [4, 5, 6, 7]) outputs = fetch.step(data('liar', piece, lie), 1);
  assert.deepEqual(faults(outputs), []);
  assert.deepEqual(
    new Set(requests(outputs)),
    new Set(['a0', 'a1', 'a2', 'a3', 'liar0', 'liar1', 'liar2', 'liar3']),
  );
  for (const piece of info.keys().take(8)) outputs = fetch.step(data('a', piece, info), 2);
  assert.deepEqual(doneBytes(outputs), info);
  assert.deepEqual(faults(outputs), ['liar BAD_METADATA']);
});

test('of liars that have left nothing is remembered, not even the length they claimed', () => {
  const info = makeInfo(PIECE * 2);
  const lie = makeInfo(PIECE * 2, 1);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  const offer = (peer: string): string[] =>
    requests(fetch.step({ type: 'peer-offers', peer, size: info.length }, 0));
  assert.deepEqual([...offer('a'), ...offer('b')], ['a0', 'a1']);
  fetch.step({ type: 'reject', peer: 'a', piece: 1 }, 0);
  fetch.step(data('a', 0, lie), 0);
  fetch.step(data('b', 1, lie), 0);
  for (const peer of ['a', 'b']) fetch.step({ type: 'peer-gone', peer }, 1);
  // so the next two share the work again, as if nothing had been
  assert.deepEqual([...offer('c'), ...offer('d')], ['c0', 'c1']);
});

test('claims of another length do not hold up the true one, however many they are', () => {
  const info = makeInfo(500);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  for (let i = 0; i < 30; i++) {
    fetch.step({ type: 'peer-offers', peer: `liar${i}`, size: METADATA_LENGTH_MAX - i }, 0);
  }
  const outputs = [...fetch.step({ type: 'peer-offers', peer: 'a', size: 500 }, 0)];
  for (let now = 0; !requests(outputs).includes('a0');) {
    assert.ok(fetch.deadline !== undefined && fetch.deadline > now && fetch.deadline < 3_600_000);
    now = fetch.deadline;
    outputs.push(...fetch.step({ type: 'timeout' }, now));
  }
  assert.deepEqual(doneBytes(fetch.step(data('a', 0, info), 4_000_000)), info);
});

test('a piece of the wrong length, or of another total, is a fault', () => {
  const info = makeInfo(PIECE + 7);
  const rows: readonly [number, number][] = [
    [PIECE - 1, info.length],
    [PIECE + 1, info.length],
    [PIECE, info.length + 1],
  ];
  for (const [length, totalSize] of rows) {
    const fetch = new MetadataFetch<string>(hashesOf(info), hash);
    fetch.step({ type: 'peer-offers', peer: 'a', size: info.length }, 0);
    const bytes = new Uint8Array(length);
    const outputs = fetch.step({ type: 'data', peer: 'a', piece: 0, totalSize, bytes }, 0);
    assert.deepEqual(faults(outputs), ['a BAD_METADATA_PIECE']);
    assert.equal(fetch.deadline, undefined);
  }
});

test('what was not asked for is ignored, and a length beyond the limit is a fault', () => {
  const fetch = new MetadataFetch<string>(hashesOf(makeInfo(10)), hash);
  assert.deepEqual(fetch.step(data('x', 0, makeInfo(10)), 0), []);
  fetch.step({ type: 'peer-offers', peer: 'a', size: 10 }, 0);
  fetch.step({ type: 'peer-offers', peer: 'b', size: 10 }, 0);
  assert.deepEqual(fetch.step(data('b', 0, makeInfo(10)), 0), []);
  assert.deepEqual(fetch.step(data('a', 1, makeInfo(10)), 0), []);
  assert.deepEqual(fetch.step({ type: 'reject', peer: 'x', piece: 0 }, 0), []);
  assert.deepEqual(fetch.step({ type: 'peer-gone', peer: 'x' }, 0), []);
  assert.deepEqual(fetch.step({ type: 'peer-offers', peer: 'x', size: 0 }, 0), []);
  const outputs = fetch.step({ type: 'peer-offers', peer: 'x', size: METADATA_LENGTH_MAX + 1 }, 0);
  assert.deepEqual(faults(outputs), ['x METADATA_TOO_LONG']);
});

test('a peer that offers another length anew is asked for that one', () => {
  const info = makeInfo(20);
  const fetch = new MetadataFetch<string>(hashesOf(info), hash);
  fetch.step({ type: 'peer-offers', peer: 'a', size: 10 }, 0);
  assert.deepEqual(fetch.step({ type: 'peer-offers', peer: 'a', size: 10 }, 0), []);
  assert.deepEqual(requests(fetch.step({ type: 'peer-offers', peer: 'a', size: 20 }, 0)), ['a0']);
  assert.deepEqual(doneBytes(fetch.step(data('a', 0, info), 0)), info);
});

/** How a simulated peer behaves; all but the honest claim or give something wrong, or nothing. */
type Kind =
  | 'honest'
  | 'lies'
  | 'lies-once'
  | 'wrong-size'
  | 'silent'
  | 'rejects'
  | 'short'
  | 'leaves';

interface Due {
  readonly at: number;
  readonly input: Input;
}

/** Peers of the given kinds on a network with delay and loss, all from one seed. */
class Swarm {
  readonly faulted: string[] = [];
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #info: Uint8Array;
  readonly #lie: Uint8Array;
  readonly #loss: number;
  readonly #sizes = new Map<string, number>();
  readonly #due: Due[] = [];
  readonly #number: () => number;
  #now = 0;

  constructor(kinds: readonly Kind[], info: Uint8Array, seed: number, loss: number) {
    this.#kinds = new Map(kinds.map((kind, at) => [`${kind}${at}`, kind]));
    this.#info = info;
    this.#lie = makeInfo(info.length, 1 + (seed % 100));
    this.#number = seededRandom(seed);
    this.#loss = loss;
    for (const [peer, kind] of this.#kinds) {
      const size = kind === 'wrong-size' ? info.length + 1 + this.#below(50_000) : info.length;
      this.#sizes.set(peer, size);
      this.#after(this.#below(3_000), { type: 'peer-offers', peer, size });
      if (kind === 'leaves') this.#after(this.#below(6_000), { type: 'peer-gone', peer });
    }
  }

  /** Runs until it is done, or for an hour of virtual time. */
  run(fetch: MetadataFetch<string>): Uint8Array | undefined {
    while (this.#now < 3_600_000) {
      this.#due.sort((a, b) => b.at - a.at);
      const next = this.#due.at(-1);
      const deadline = fetch.deadline ?? Infinity;
      assert.ok(deadline > this.#now, 'a deadline lies ahead');
      if (next === undefined && deadline === Infinity) return undefined;
      const isTimeout = next === undefined || deadline < next.at;
      const input: Input = isTimeout
        ? { type: 'timeout' }
        : (this.#due.pop()?.input ?? { type: 'timeout' });
      this.#now = Math.max(this.#now, isTimeout ? deadline : next.at);
      const outputs = fetch.step(input, this.#now);
      for (const output of outputs) this.#act(output);
      const done = doneBytes(outputs);
      if (done) return done;
    }
    return undefined;
  }

  #act(output: Output): void {
    if (output.type === 'done') return;
    const { peer } = output;
    if (output.type === 'fault') this.faulted.push(peer);
    else this.#answer(peer, this.#kinds.get(peer) ?? 'silent', output.piece);
  }

  #answer(peer: string, kind: Kind, piece: number): void {
    if (kind === 'silent' || this.#number() < this.#loss) return;
    const delay = 10 + this.#below(kind === 'honest' ? 1_000 : 200);
    const isLie = kind === 'lies' || (kind === 'lies-once' && piece === 0);
    if (kind === 'rejects') this.#after(delay, { type: 'reject', peer, piece });
    else if (kind === 'wrong-size')
      this.#after(delay, data(peer, piece, makeInfo(this.#sizes.get(peer) ?? 1)));
    else if (kind === 'short') {
      const bytes = pieceOf(this.#info, piece).subarray(1);
      this.#after(delay, { type: 'data', peer, piece, totalSize: this.#info.length, bytes });
    } else this.#after(delay, data(peer, piece, isLie ? this.#lie : this.#info));
  }

  #after(delay: number, input: Input): void {
    this.#due.push({ at: this.#now + delay, input });
  }

  #below(limit: number): number {
    return Math.floor(this.#number() * limit);
  }
}

test('one honest peer is enough among any liars, on a network that loses messages', () => {
  const others = fc.array(
    fc.constantFrom<Kind>(
      'honest',
      'lies',
      'lies-once',
      'wrong-size',
      'silent',
      'rejects',
      'short',
      'leaves',
    ),
    { maxLength: 12 },
  );
  const length = fc.integer({ min: 1, max: PIECE * 8 });
  const loss = fc.constantFrom(0, 0.05, 0.3);
  fc.assert(
    fc.property(others, fc.nat(12), length, fc.nat(), loss, (kinds, at, size, seed, lost) => {
      const all = kinds.toSpliced(at, 0, 'honest');
      const info = makeInfo(size);
      const swarm = new Swarm(all, info, seed, lost);
      const found = swarm.run(new MetadataFetch<string>(hashesOf(info), hash));
      assert.deepEqual(found, info);
      const unjust = swarm.faulted.filter((peer) => /^(honest|silent|rejects|leaves)/.test(peer));
      assert.deepEqual(unjust, []);
    }),
    { numRuns: 200 },
  );
});
