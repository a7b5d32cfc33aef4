import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerEvent } from '@coequal/contract';
import { LiveUpdates, retryDelay } from '../src/peer/live.ts';
import type { Connection } from '../src/peer/live.ts';
import { FakePeer } from './fake-peer/fake-peer.ts';

/** Listens, and lets a test wait for what comes. */
class Listening implements AsyncDisposable {
  readonly events: PeerEvent[] = [];
  readonly connections: Connection['type'][] = [];
  readonly live: LiveUpdates;
  /** Called with each event. */
  onEvent: () => void = () => {};
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  #wake: () => void = () => {};

  constructor(peer: FakePeer) {
    this.live = new LiveUpdates(peer.url.slice(0, -1), {
      onOpen: () => {},
      onEvent: (event) => {
        this.events.push(event);
        this.onEvent();
        this.#wake();
      },
      onConnection: ({ type }) => {
        this.connections.push(type);
        this.#wake();
      },
    });
    this.#done = this.live.run(this.#end.signal);
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  get last(): Connection['type'] | undefined {
    return this.connections.at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#done;
  }
}

test('events come as they happen', async () => {
  await using peer = await FakePeer.open();
  await using listening = new Listening(peer);
  await listening.until(() => listening.last === 'open');
  peer.world.tick();
  await listening.until(() => listening.events.length >= 2);
  assert.deepEqual(
    listening.events.map(({ type }) => type),
    ['transfers', 'status'],
  );
});

test('between two events that come together others have their turn', async () => {
  await using peer = await FakePeer.open();
  await using listening = new Listening(peer);
  await listening.until(() => listening.last === 'open');
  /** Of events that were told when the work of the first one was over. */
  let toldBefore = 0;
  listening.onEvent = () => {
    listening.onEvent = () => {};
    void longInOneTask().then(() => (toldBefore = listening.events.length));
  };
  peer.world.tick();
  await listening.until(() => listening.events.length >= 2);
  assert.equal(toldBefore, 1);
});

/** Far more turns of promises than reading an event takes. */
async function longInOneTask(): Promise<void> {
  for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve();
}

test('after a break the stream goes on where it was', async () => {
  await using peer = await FakePeer.open();
  await using listening = new Listening(peer);
  await listening.until(() => listening.last === 'open');
  peer.world.publish({ type: 'settings' });
  await listening.until(() => listening.events.length === 1);
  peer.fallSilent();
  await listening.until(() => listening.last === 'waiting');
  peer.world.publish({ type: 'categories' });
  peer.isSilent = false;
  listening.live.retryNow();
  await listening.until(() => listening.events.length === 2);
  assert.equal(listening.events[1]?.type, 'categories');
});

test('who was away too long is told that events are gone', async () => {
  await using peer = await FakePeer.open();
  await using listening = new Listening(peer);
  await listening.until(() => listening.last === 'open');
  peer.world.publish({ type: 'settings' });
  await listening.until(() => listening.events.length === 1);
  peer.fallSilent();
  await listening.until(() => listening.last === 'waiting');
  for (let count = 0; count < 600; count += 1) peer.world.publish({ type: 'settings' });
  peer.isSilent = false;
  listening.live.retryNow();
  await listening.until(() => listening.events.length === 2);
  assert.equal(listening.events[1]?.type, 'lagged');
});

test('a browser that is not signed in is not tried again', async () => {
  await using peer = await FakePeer.open();
  peer.isSignedIn = false;
  await using listening = new Listening(peer);
  await listening.until(() => listening.last === 'signed-out');
  assert.deepEqual(listening.connections, ['connecting', 'signed-out']);
});

test('pauses grow up to half a minute, and are spread', () => {
  assert.equal(retryDelay(0, 0.5), 1_000);
  assert.equal(retryDelay(3, 0.5), 8_000);
  assert.equal(retryDelay(40, 0.5), 30_000);
  assert.ok(retryDelay(0, 0) < retryDelay(0, 1));
});
