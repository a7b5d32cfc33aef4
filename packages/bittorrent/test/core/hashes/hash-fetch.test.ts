import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HashFetch } from '../../../src/core/hashes/hash-fetch.ts';
import type { HashFetchInput, HashFetchOutput } from '../../../src/core/hashes/hash-fetch.ts';
import { keyOfRange, layerJobs } from '../../../src/core/hashes/hash-range.ts';
import type { HashJob } from '../../../src/core/hashes/hash-range.ts';
import type { HashRange } from '../../../src/core/wire/peer-wire.ts';
import { seededRandom } from '../seeded-random.ts';
import { answerOf, BLOCK, hash, nodeOf, rowsOfBlocks } from './tree.ts';

type Output = HashFetchOutput<string>;

const ROWS = rowsOfBlocks(2_000);
const FILE = { length: 2_000 * BLOCK, piecesRoot: nodeOf(ROWS, ROWS.length - 1, 0) };
/** Four runs of 512. */
const JOBS: ReadonlyMap<number, HashJob> = new Map(layerJobs(FILE, BLOCK).entries());

function openFetch(...peers: readonly string[]): HashFetch<string> {
  const machine = new HashFetch<string>(hash);
  for (const peer of peers) machine.step({ type: 'peer-added', peer }, 0);
  return machine;
}

function answer(peer: string, range: HashRange, change = 0): HashFetchInput<string> {
  const hashes = answerOf(ROWS, range);
  hashes[5] = (hashes[5] ?? 0) ^ change;
  return { type: 'hashes', peer, range, hashes };
}

function requests(
  outputs: readonly Output[],
): { readonly peer: string; readonly range: HashRange }[] {
  return outputs.flatMap((output) => (output.type === 'request' ? [output] : []));
}

function kinds(outputs: readonly Output[]): readonly string[] {
  return outputs.map((output) =>
    output.type === 'fault' ? `${output.type} ${output.peer} ${output.fault.code}` : output.type,
  );
}

test('runs are asked of those who owe least, and proven nodes come back', () => {
  const machine = openFetch('a', 'b');
  const asked = requests(machine.step({ type: 'want', jobs: JOBS, isPatient: true }, 0));
  assert.deepEqual(asked.map(({ peer }) => peer).toSorted(), ['a', 'a', 'b', 'b']);
  for (const { peer, range } of asked) {
    const [output, ...rest] = machine.step(answer(peer, range), 10);
    assert.deepEqual(rest, []);
    assert.equal(output?.type, 'got');
    assert.ok(output?.type === 'got');
    assert.deepEqual(output.nodes, answerOf(ROWS, range).subarray(0, 512 * 32));
    assert.equal(JOBS.get(output.id)?.range.index, range.index);
  }
  assert.equal(machine.deadline, undefined);
});

test('who sends a wrong tree is at fault, and another is asked', () => {
  const machine = openFetch('liar', 'honest');
  const asked = requests(machine.step({ type: 'want', jobs: JOBS, isPatient: true }, 0));
  const lie = asked.find(({ peer }) => peer === 'liar');
  assert.ok(lie);
  const after = machine.step(answer('liar', lie.range, 1), 10);
  assert.equal(kinds(after)[0], 'fault liar WRONG_HASHES');
  assert.deepEqual(
    requests(after).map(({ peer, range }) => [peer, keyOfRange(range)]),
    asked.filter(({ peer }) => peer === 'liar').map(({ range }) => ['honest', keyOfRange(range)]),
  );
});

test('hashes and rejects that nobody asked for are a fault', () => {
  const [job] = JOBS.values();
  assert.ok(job);
  for (const input of [
    answer('a', job.range),
    { type: 'reject' as const, peer: 'a', range: job.range },
  ]) {
    assert.deepEqual(kinds(openFetch('a').step(input, 0)), ['fault a UNASKED_HASHES']);
  }
});

test('a job that all have refused fails if it is not patient, else it is asked for again', () => {
  const [job] = JOBS.values();
  assert.ok(job);
  for (const isPatient of [false, true]) {
    const machine = openFetch('a', 'b');
    const jobs = new Map([[7, job]]);
    let asked = requests(machine.step({ type: 'want', jobs, isPatient }, 0));
    const refusers: string[] = [];
    let last: readonly Output[] = [];
    while (asked[0] !== undefined) {
      refusers.push(asked[0].peer);
      last = machine.step({ type: 'reject', peer: asked[0].peer, range: job.range }, 5);
      asked = requests(last);
    }
    assert.deepEqual(refusers.toSorted(), ['a', 'b']);
    assert.deepEqual(kinds(last), isPatient ? [] : ['failed']);
    assert.equal(machine.deadline, isPatient ? 5_005 : undefined);
    const later = machine.step({ type: 'timeout' }, 5_005);
    assert.deepEqual(kinds(later), isPatient ? ['request'] : []);
  }
});

test('without peers an impatient job fails at once, and a patient one waits for the first', () => {
  const [job] = JOBS.values();
  assert.ok(job);
  const machine = openFetch();
  assert.deepEqual(
    kinds(machine.step({ type: 'want', jobs: new Map([[1, job]]), isPatient: false }, 0)),
    ['failed'],
  );
  assert.deepEqual(
    machine.step({ type: 'want', jobs: new Map([[2, job]]), isPatient: true }, 0),
    [],
  );
  assert.equal(machine.deadline, undefined);
  assert.deepEqual(kinds(machine.step({ type: 'peer-added', peer: 'a' }, 9)), ['request']);
});

test('who is silent is not waited for, and a late answer is taken', () => {
  const [job] = JOBS.values();
  assert.ok(job);
  const machine = openFetch('slow', 'slower');
  const [first] = requests(
    machine.step({ type: 'want', jobs: new Map([[1, job]]), isPatient: true }, 0),
  );
  assert.ok(first);
  assert.equal(machine.deadline, 8_000);
  const [second] = requests(machine.step({ type: 'timeout' }, 8_000));
  assert.ok(second);
  assert.notEqual(second.peer, first.peer);
  assert.deepEqual(kinds(machine.step(answer(first.peer, job.range), 9_000)), ['got']);
  assert.deepEqual(machine.step(answer(second.peer, job.range), 9_500), []);
});

test('a peer that owes an answer is not asked for the same again', () => {
  const [job] = JOBS.values();
  assert.ok(job);
  const machine = openFetch('silent');
  machine.step({ type: 'want', jobs: new Map([[1, job]]), isPatient: true }, 0);
  for (let now = 8_000; now < 100_000; now = machine.deadline ?? Infinity) {
    assert.deepEqual(machine.step({ type: 'timeout' }, now), []);
    assert.ok((machine.deadline ?? Infinity) > now, 'it does not spin');
  }
  assert.deepEqual(kinds(machine.step(answer('silent', job.range), 100_000)), ['got']);
});

test('a job that was dropped is silent', () => {
  const machine = openFetch('a');
  const [first] = requests(machine.step({ type: 'want', jobs: JOBS, isPatient: true }, 0));
  assert.ok(first);
  for (const id of JOBS.keys()) machine.step({ type: 'drop', id }, 1);
  assert.deepEqual(machine.step(answer('a', first.range), 2), []);
});

test('no more is open at one peer than its share', () => {
  const rows = rowsOfBlocks(20_000);
  const file = { length: 20_000 * BLOCK, piecesRoot: nodeOf(rows, rows.length - 1, 0) };
  const machine = openFetch('a', 'b');
  const jobs = new Map(layerJobs(file, BLOCK).entries());
  assert.equal(requests(machine.step({ type: 'want', jobs, isPatient: true }, 0)).length, 16);
});

const behaviours = fc.array(fc.constantFrom('honest', 'liar', 'refuser', 'silent', 'leaver'), {
  maxLength: 6,
});

test('whoever the peers are, one honest one is enough', () => {
  fc.assert(
    fc.property(behaviours, fc.nat(), (others, seed) => {
      const random = seededRandom(seed);
      const roles = new Map(['honest', ...others].map((role, index) => [`${role} ${index}`, role]));
      const machine = openFetch(...roles.keys());
      const got = new Set<number>();
      const open: { readonly peer: string; readonly range: HashRange }[] = [];
      let now = 0;
      const take = (outputs: readonly Output[]): void => {
        for (const output of outputs) {
          if (output.type === 'request') open.push(output);
          if (output.type === 'got') got.add(output.id);
          if (output.type === 'fault') {
            assert.equal(roles.get(output.peer), 'liar');
            roles.delete(output.peer);
          }
        }
      };
      take(machine.step({ type: 'want', jobs: JOBS, isPatient: true }, now));
      for (let steps = 0; got.size < JOBS.size; steps++) {
        assert.ok(steps < 500, 'it ends');
        const [next] = open.splice(Math.floor(random() * open.length), 1);
        const role = next && roles.get(next.peer);
        now += Math.floor(random() * 100);
        if (next === undefined || role === 'silent' || role === undefined) {
          if (open.length > 0) continue;
          now = Math.max(now, machine.deadline ?? now);
          take(machine.step({ type: 'timeout' }, now));
        } else if (role === 'leaver') {
          roles.delete(next.peer);
          take(machine.step({ type: 'peer-gone', peer: next.peer }, now));
        } else if (role === 'refuser') {
          take(machine.step({ type: 'reject', ...next }, now));
        } else {
          take(machine.step(answer(next.peer, next.range, role === 'liar' ? 1 : 0), now));
        }
      }
    }),
    { numRuns: 60 },
  );
});
