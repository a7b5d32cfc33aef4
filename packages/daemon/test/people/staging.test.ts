import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { BeginSend, Send } from '@coequal/contract';
import fc from 'fast-check';
import { stagedPaths } from '../../src/people/staged-path.ts';
import { Staging, STAGING_IDLE_MS, STAGINGS_OPEN_MAX } from '../../src/people/staging.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const SEND = { id: '0f'.repeat(16) } as Send;
const TO = ['a1'.repeat(32)];

class World implements Disposable {
  readonly folder = temporaryFolder();
  readonly directory = this.folder.at('staging');
  readonly begun: BeginSend[] = [];
  readonly live = new Set<string>();
  /** Who is to get what is held. */
  readonly gifts = new Map<string, readonly string[]>();
  now = 0;
  free = 1e12;
  refusal: LocalFault | undefined;
  /** The process ends with what is begun next: nothing is written after it. */
  isKilled = false;

  open(): Promise<Staging> {
    const options = { directory: this.directory, freeBytes: async () => this.free };
    return Staging.open(options, {
      begin: (request) => {
        if (this.refusal !== undefined) throw this.refusal;
        this.begun.push(request);
        const send = this.begun.length === 1 ? SEND : { ...SEND, id: '1f'.repeat(16) };
        this.live.add(send.id);
        return send;
      },
      beginOnce: (id, request) => {
        if (!this.live.has(id)) this.begun.push(request);
        this.live.add(id);
        if (this.isKilled) throw new Error('killed');
        return { ...SEND, id };
      },
      isSendLive: (id) => this.live.has(id),
      isGiftAwaited: (id, given) =>
        this.gifts.get(id)?.some((person) => !given.has(person)) ?? false,
      now: () => this.now,
    });
  }

  get kept(): readonly string[] {
    return readdirSync(this.directory);
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

async function* bytesOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

/** As a browser that goes away. */
async function* brokenOff(text: string): AsyncGenerator<Uint8Array> {
  yield* bytesOf(text);
  throw new DOMException('nobody is there', 'AbortError');
}

const code = (wanted: string) => (error: unknown) =>
  error instanceof LocalFault && error.code === wanted;

async function staged(staging: Staging): Promise<string> {
  const { id } = await staging.begin({ files: [{ path: 'Holiday/lake.jpg', size: 6 }] });
  await staging.put(id, 0, 0, bytesOf('dawn', '!!'));
  return id;
}

describe('files from a browser', () => {
  test('come in parts, go on after a break, and are sent as what was dropped', async () => {
    using world = new World();
    const staging = await world.open();
    const files = [
      { path: 'Holiday/lake.jpg', size: 6 },
      { path: 'Holiday/empty.txt', size: 0 },
      { path: 'notes.txt', size: 2 },
    ];
    const { id } = await staging.begin({ files });
    await assert.rejects(staging.put(id, 0, 0, brokenOff('daw')), { name: 'AbortError' });
    assert.deepEqual(staging.showFile(id, 0), { received: 3, size: 6 });
    await assert.rejects(staging.put(id, 0, 0, bytesOf('dawn!!')), code('NOT_POSSIBLE_NOW'));
    await assert.rejects(staging.send(id, { to: TO }), code('NOT_POSSIBLE_NOW'));
    await staging.put(id, 0, 3, bytesOf('n!!'));
    await staging.put(id, 2, 0, bytesOf('ok'));
    assert.deepEqual(staging.show(id), { id, state: 'open', files: 3, size: 8, received: 8 });
    assert.equal(await staging.send(id, { to: TO, note: 'as promised' }), SEND);
    const [{ paths, note } = { paths: [], note: '' }] = world.begun;
    const content = join(world.directory, id, 'files');
    assert.deepEqual(
      paths.toSorted((one, other) => one.localeCompare(other)),
      [join(content, 'Holiday'), join(content, 'notes.txt')],
    );
    assert.equal(note, 'as promised');
    assert.equal(readFileSync(join(content, 'Holiday', 'lake.jpg'), 'utf8'), 'dawn!!');
    assert.equal(readFileSync(join(content, 'Holiday', 'empty.txt'), 'utf8'), '');
  });

  test('are no longer than they were said to be', async () => {
    using world = new World();
    const staging = await world.open();
    const { id } = await staging.begin({ files: [{ path: 'a', size: 3 }] });
    await assert.rejects(staging.put(id, 0, 0, bytesOf('abcd')), code('TOO_LARGE'));
    assert.equal(staging.show(id).received, 0);
  });

  test('have one writer each', async () => {
    using world = new World();
    const staging = await world.open();
    const { id } = await staging.begin({ files: [{ path: 'a', size: 3 }] });
    const first = staging.put(id, 0, 0, bytesOf('abc'));
    await assert.rejects(staging.put(id, 0, 0, bytesOf('xyz')), code('NOT_POSSIBLE_NOW'));
    await first;
    assert.equal(readFileSync(join(world.directory, id, 'files', 'a'), 'utf8'), 'abc');
  });

  test('are refused where there is no room, and when others are there already', async () => {
    using world = new World();
    const staging = await world.open();
    world.free = 200_000_002;
    const files = [{ path: 'a', size: 3 }];
    await assert.rejects(staging.begin({ files }), code('NOT_ENOUGH_SPACE'));
    world.free += 1;
    for (let count = 0; count < STAGINGS_OPEN_MAX; count += 1) await staging.begin({ files });
    await assert.rejects(staging.begin({ files }), code('STAGING_FULL'));
    assert.equal(world.kept.length, STAGINGS_OPEN_MAX);
  });

  test('are gone when they are cancelled, also while they come', async () => {
    using world = new World();
    const staging = await world.open();
    const { id } = await staging.begin({ files: [{ path: 'a', size: 6 }] });
    const { promise: more, resolve } = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield* bytesOf('abc');
      await more;
      yield* bytesOf('def');
    }
    const putting = staging.put(id, 0, 0, slow());
    const refused = assert.rejects(putting, code('NO_SUCH_STAGING'));
    await staging.cancel(id);
    resolve();
    await refused;
    assert.deepEqual(world.kept, []);
    assert.throws(() => staging.show(id), code('NO_SUCH_STAGING'));
  });

  test('are kept as long as their send needs them, and not a sweep longer', async () => {
    using world = new World();
    const staging = await world.open();
    const id = await staged(staging);
    await staging.send(id, { to: TO });
    await assert.rejects(staging.cancel(id), code('NOT_POSSIBLE_NOW'));
    world.now += 10 * STAGING_IDLE_MS;
    await staging.sweep();
    assert.deepEqual(world.kept, [id]);
    world.live.clear();
    await staging.sweep();
    assert.deepEqual(world.kept, []);
  });

  test('stay when nobody is there to send them to', async () => {
    using world = new World();
    const staging = await world.open();
    const id = await staged(staging);
    world.refusal = new LocalFault('NO_SUCH_CONTACT', { contact: 'x' });
    await assert.rejects(staging.send(id, { to: TO }), code('NO_SUCH_CONTACT'));
    assert.equal(staging.show(id).state, 'open');
    world.refusal = undefined;
    await staging.send(id, { to: TO });
  });

  test('wait as a gift, go to each who comes, and end with the last who fetches them', async () => {
    using world = new World();
    const before = await world.open();
    const id = await staged(before);
    assert.equal((await before.hold(id)).state, 'held');
    await assert.rejects(before.send(id, { to: TO }), code('NOT_POSSIBLE_NOW'));
    world.gifts.set(id, ['anna', 'ben']);
    world.now += STAGING_IDLE_MS;
    const staging = await world.open();
    assert.deepEqual(staging.show(id), { id, state: 'held', files: 1, size: 6, received: 6 });
    await staging.give(id, { to: ['anna'], name: 'A lake' });
    const [path = ''] = world.begun[0]?.paths ?? [];
    assert.equal(readFileSync(join(path, 'lake.jpg'), 'utf8'), 'dawn!!');
    world.live.clear();
    world.now += STAGING_IDLE_MS;
    await staging.sweep();
    const after = await world.open();
    assert.deepEqual(after.givenTo(id), new Set(['anna']));
    await after.give(id, { to: ['ben'], name: 'A lake' });
    assert.equal(world.begun[1]?.paths[0], path);
    world.now += STAGING_IDLE_MS;
    await after.sweep();
    assert.deepEqual(world.kept, [id], 'somebody still fetches them');
    world.live.clear();
    await after.sweep();
    assert.deepEqual(world.kept, []);
    assert.equal(after.givenTo(id), undefined);
  });

  test('are given once, wherever the peer is killed on the way', async () => {
    using world = new World();
    const before = await world.open();
    const id = await staged(before);
    await before.hold(id);
    world.gifts.set(id, ['anna', 'ben']);
    world.isKilled = true;
    await assert.rejects(before.give(id, { to: ['anna', 'ben'], name: 'A lake' }), /killed/);
    world.isKilled = false;
    const after = await world.open();
    assert.deepEqual(after.givenTo(id), new Set(), 'it was killed before the mark');
    await after.give(id, { to: ['anna', 'ben'], name: 'A lake' });
    assert.deepEqual(
      world.begun.map(({ to }) => to),
      [['anna'], ['ben']],
    );
    assert.deepEqual((await world.open()).givenTo(id), new Set(['anna', 'ben']));
    const other = await staged(after);
    await after.hold(other);
    await after.give(other, { to: ['anna'], name: 'A lake' });
    assert.equal(world.begun.length, 3, 'another gift is another send');
  });

  test('are held by a mark of before, which named nobody', async () => {
    using world = new World();
    const before = await world.open();
    const id = await staged(before);
    await before.hold(id);
    const mark = join(world.directory, id, 'keep');
    const { count, size } = JSON.parse(readFileSync(mark, 'utf8')) as {
      count: number;
      size: number;
    };
    writeFileSync(mark, JSON.stringify({ purpose: { type: 'held' }, count, size }));
    assert.deepEqual((await world.open()).givenTo(id), new Set());
  });

  test('that were broken off are deleted at the next start, or after some hours', async () => {
    using world = new World();
    const before = await world.open();
    const sent = await staged(before);
    await before.send(sent, { to: TO });
    await staged(before);
    const staging = await world.open();
    assert.deepEqual(world.kept, [sent]);
    const id = await staged(staging);
    world.now += STAGING_IDLE_MS;
    await staging.sweep();
    assert.deepEqual(world.kept, [sent]);
    assert.ok(!existsSync(join(world.directory, id)));
  });
});

describe('paths from a browser', () => {
  test('that lead elsewhere are refused', () => {
    for (const path of ['../a', 'a/../../b', '/etc/passwd', 'a//b', '.', 'a/', 'x'.repeat(256)])
      assert.throws(() => stagedPaths([path]), code('BAD_FILE_NAME'), path);
  });

  test('that some system cannot keep are changed, and two never become one', () => {
    assert.deepEqual(stagedPaths(['a:b?.txt', 'NUL.txt', 'end. ', 'A_b_.TXT', 'x/y', 'x']), [
      ['a_b_.txt'],
      ['_NUL.txt'],
      ['end__'],
      ['A_b_ (2).TXT'],
      ['x', 'y'],
      ['x (2)'],
    ]);
  });

  test('whatever they are, stay below their folder', () => {
    const path = fc.array(fc.oneof(fc.string(), fc.constantFrom('..', '.', '', 'a\\b')), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 8 }), (paths) => {
        try {
          const all = stagedPaths(paths.map((parts) => parts.join('/')));
          assert.equal(
            new Set(all.map((parts) => parts.join('/').toLowerCase())).size,
            paths.length,
          );
          for (const part of all.flat())
            assert.ok(!['', '.', '..'].includes(part) && !/[\\/]/.test(part));
        } catch (error) {
          assert.ok(code('BAD_FILE_NAME')(error), String(error));
        }
      }),
    );
  });
});
