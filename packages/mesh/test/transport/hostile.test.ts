// What somebody can do to a port at which devices come in, and what it comes to.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LocalFault, PeerFault } from '@coequal/base';
import type { Cancel, Clock, Conn, DeviceKey, Endpoint, Millis } from '@coequal/base';
import { openNet, openRandom } from '@coequal/base/node';
import { CALL_KEY_LENGTH, CALL_TOKEN_LENGTH } from '../../src/core/contacts/call-token.ts';
import { decodeGreeting, encodeGreeting, TICKET_LENGTH } from '../../src/io/transport/greeting.ts';
import type { Greeting } from '../../src/io/transport/greeting.ts';
import type { OwnKeys } from '../../src/io/transport/own-keys.ts';
import type { RelayMessage } from '../../src/io/transport/relay-messages.ts';
import type { RelayQuotas } from '../../src/io/transport/relay-quotas.ts';
import { decodeRelayMessage, encodeRelayMessage } from '../../src/io/transport/relay-messages.ts';
import { RelayService } from '../../src/io/transport/relay-service.ts';
import { dialChannel } from '../../src/io/transport/tcp-dial.ts';
import {
  HANDSHAKES_MAX,
  HANDSHAKES_OF_NETWORK_MAX,
  networkOf,
  TcpDoor,
} from '../../src/io/transport/tcp-door.ts';
import type { SecretChannel } from '../../src/io/transport/secret-channel.ts';
import { TcpTransport } from '../../src/io/transport/tcp-transport.ts';
import { Book, clock, Device, isNear, makeKeys, net, never } from './devices.ts';
import { Side } from '../contract/transport.ts';

const random = openRandom();
/** By who has nobody but those whom the relay knows. */
const WAIT: Greeting = { type: 'wait', callKey: new Uint8Array(CALL_KEY_LENGTH) };
const callTo = (to: DeviceKey): Greeting => ({
  type: 'call',
  to,
  token: new Uint8Array(CALL_TOKEN_LENGTH),
});

/** Time passes when the test says so. */
class HandClock implements Clock {
  #now = 0;
  readonly #due: { readonly at: Millis; readonly run: () => void }[] = [];
  get pendingCount(): number {
    return this.#due.length;
  }
  now(): Millis {
    return this.#now;
  }
  epochNow(): number {
    return this.#now;
  }
  at(when: Millis, run: () => void): Cancel {
    const entry = { at: when, run };
    this.#due.push(entry);
    return () => {
      const index = this.#due.indexOf(entry);
      if (index !== -1) this.#due.splice(index, 1);
    };
  }
  pass(ms: Millis): void {
    this.#now += ms;
    for (const entry of this.#due.filter(({ at }) => at <= this.#now)) {
      this.#due.splice(this.#due.indexOf(entry), 1);
      entry.run();
    }
  }
}

/** A device at a port, which admits one other. */
class Victim implements AsyncDisposable {
  readonly device = new Device();
  readonly friend = new Device();
  readonly clock = new HandClock();
  readonly door: TcpDoor;
  readonly come: Side[] = [];
  readonly #transport: TcpTransport;

  static async open(): Promise<Victim> {
    const clock = new HandClock();
    const device = new Device();
    const at = [{ host: '127.0.0.1', port: 0 }];
    const door = await TcpDoor.open({ at, keys: device.keys, net, clock }, never);
    return new Victim(device, clock, door);
  }

  private constructor(device: Device, handClock: HandClock, door: TcpDoor) {
    this.device = device;
    this.clock = handClock;
    this.door = door;
    device.admitted.add(this.friend.key);
    device.onCarrier = (carrier) => void this.come.push(new Side(carrier));
    const book = new Book();
    const { keys } = device;
    const common = { net, clock: handClock, book, isNear };
    this.#transport = new TcpTransport({ ...common, keys, host: device, door });
  }

  get at(): Endpoint {
    const [at] = this.door.locals;
    assert.ok(at);
    return at;
  }

  /** By one who is admitted, from now until it is there. */
  async befriend(): Promise<SecretChannel> {
    const { keys } = this.friend;
    const before = this.come.length;
    const dialling = { keys, net, clock };
    const channel = await dialChannel(this.device.key, this.at, { type: 'link' }, dialling, never);
    while (this.come.length === before) await turn();
    return channel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
    await this.door[Symbol.asyncDispose]();
  }
}

/** A connection that sends these bytes, and what becomes of it. */
async function strike(
  at: Endpoint,
  bytes: Uint8Array,
  from = net,
): Promise<{ conn: Conn; closed: Promise<void>; heard: Uint8Array[] }> {
  const conn = await from.dial(at, never);
  const heard: Uint8Array[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  conn.start(
    (view) => void heard.push(view.slice()),
    () => resolve(),
  );
  if (bytes.length > 0) conn.send([bytes]);
  return { conn, closed, heard };
}

/** The same, and a copy of all that is sent on it. */
function tapped(conn: Conn, sent: Uint8Array[]): Conn {
  return {
    remote: conn.remote,
    local: conn.local,
    get queuedBytes() {
      return conn.queuedBytes;
    },
    onDrain: undefined,
    start: (onBytes, onClose) => conn.start(onBytes, onClose),
    pause: () => conn.pause(),
    resume: () => conn.resume(),
    send(chunks, onSent) {
      for (const chunk of chunks) sent.push(chunk.slice());
      return conn.send(chunks, onSent);
    },
    close: (why) => conn.close(why),
  };
}

describe('who comes to the port', () => {
  test('with bytes that are no handshake is closed, and the next is served', async () => {
    await using victim = await Victim.open();
    const garbage = [
      randomBytes(10_000),
      Buffer.concat([Uint8Array.of(96, 0, 0), randomBytes(96)]),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ];
    for (const bytes of garbage) await (await strike(victim.at, bytes)).closed;
    const channel = await victim.befriend();
    channel.close();
  });

  test('with a header that announces 16 MiB is closed at the header', async () => {
    await using victim = await Victim.open();
    const struck = await strike(victim.at, Uint8Array.of(255, 255, 255));
    await struck.closed;
    assert.equal(victim.door.stats.failed, 1);
  });

  test('and says nothing has five seconds', async () => {
    await using victim = await Victim.open();
    const struck = await strike(victim.at, new Uint8Array(0));
    while (victim.door.stats.accepted === 0) await turn();
    victim.clock.pass(4_999);
    const channel = await victim.befriend(); // turns enough for a close to arrive
    let isClosed = false;
    void struck.closed.then(() => (isClosed = true));
    await turn();
    assert.equal(isClosed, false);
    victim.clock.pass(1);
    await struck.closed;
    channel.close();
  });

  test('by the hundred from one address leaves room for others, and for itself later', async () => {
    await using victim = await Victim.open();
    const silent: Awaited<ReturnType<typeof strike>>[] = [];
    for (let i = 0; i < 3 * HANDSHAKES_OF_NETWORK_MAX; i++)
      silent.push(await strike(victim.at, new Uint8Array(0)));
    const refused = silent.slice(HANDSHAKES_OF_NETWORK_MAX);
    await Promise.all(refused.map(({ closed }) => closed));
    assert.equal(victim.door.stats.accepted, HANDSHAKES_OF_NETWORK_MAX);
    victim.clock.pass(5_000);
    await Promise.all(silent.map(({ closed }) => closed));
    const channel = await victim.befriend();
    channel.close();
  });

  test('from many addresses, and says nothing, gives way to who comes later', async () => {
    await using victim = await Victim.open();
    const networks = HANDSHAKES_MAX / HANDSHAKES_OF_NETWORK_MAX + 1;
    const first: Promise<void>[] = [];
    for (let i = 0; i < networks; i++) {
      const from = openNet({ bindHosts: [`127.0.0.${10 + i}`] });
      for (let j = 0; j < HANDSHAKES_OF_NETWORK_MAX; j++) {
        const { closed } = await strike(victim.at, new Uint8Array(0), from);
        if (i === 0) first.push(closed);
      }
    }
    await Promise.all(first); // nobody's time is over
    const channel = await victim.befriend();
    channel.close();
  });

  test('by the hundred, each under a key of its own, is not heard of', async () => {
    await using victim = await Victim.open();
    for (let i = 0; i < 300; i += 10) await Promise.all(Array.from({ length: 10 }, () => knock()));
    assert.equal(victim.come.length, 0);
    assert.equal(victim.door.stats.accepted, 300);
    assert.equal(victim.door.stats.proven, 0);
    const channel = await victim.befriend();
    channel.close();

    async function knock(): Promise<void> {
      const dialling = { keys: makeKeys(), net, clock };
      const dialled = dialChannel(victim.device.key, victim.at, { type: 'link' }, dialling, never);
      const channel = await dialled.catch((error: unknown) => {
        assert.ok(error instanceof LocalFault && error.code === 'DIAL_FAILED');
      });
      await new Promise<void>((resolve) => {
        if (channel === undefined) resolve();
        else
          channel.start(
            () => undefined,
            () => resolve(),
          );
      });
    }
  });

  test('with the handshake of somebody else, recorded, is not taken for them', async () => {
    await using victim = await Victim.open();
    const recorded: Uint8Array[] = [];
    const dial = async (to: Endpoint, signal: AbortSignal): Promise<Conn> =>
      tapped(await net.dial(to, signal), recorded);
    const { keys } = victim.friend;
    const dialling = { keys, net: { ...net, dial }, clock };
    const to = victim.device.key;
    const channel = await dialChannel(to, victim.at, { type: 'link' }, dialling, never);
    while (victim.come.length === 0) await turn();
    channel.close();
    const [first] = recorded;
    assert.ok(first);
    const heardBefore = victim.come.length;
    const struck = await strike(victim.at, first);
    while (struck.heard.length === 0) await turn(); // it was answered: the replay is a good handshake
    victim.clock.pass(5_000);
    await struck.closed;
    assert.equal(victim.come.length, heardBefore);
    assert.equal(victim.door.stats.proven, 1);
  });

  test('under a key that is not admitted is closed, and nobody hears of it', async () => {
    await using victim = await Victim.open();
    const dialling = { keys: makeKeys(), net, clock };
    const to = victim.device.key;
    try {
      const channel = await dialChannel(to, victim.at, { type: 'link' }, dialling, never);
      await new Promise<void>((resolve) => {
        channel.start(
          () => undefined,
          () => resolve(),
        );
      });
    } catch (error) {
      assert.ok(error instanceof LocalFault && error.code === 'DIAL_FAILED');
    }
    assert.equal(victim.come.length, 0);
  });

  test('and is admitted, but greets with nonsense, is closed', async () => {
    await using victim = await Victim.open();
    const { keys } = victim.friend;
    const to = victim.device.key;
    const nonsense = { type: 'answer', ticket: randomBytes(40) } as const;
    const channel = await dialChannel(to, victim.at, nonsense, { keys, net, clock }, never);
    await new Promise<void>((resolve) => {
      channel.start(
        () => undefined,
        () => resolve(),
      );
    });
    assert.equal(victim.come.length, 0);
  });
});

describe('who is admitted', () => {
  test('and sends a message longer than any may be is closed before it is made room for', async () => {
    await using victim = await Victim.open();
    // a device that breaks the rules: the header of a message of 1 MiB, in clear, as headers are
    const conns: Conn[] = [];
    const dial = async (to: Endpoint, signal: AbortSignal): Promise<Conn> => {
      const conn = await net.dial(to, signal);
      conns.push(conn);
      return conn;
    };
    const { keys } = victim.friend;
    const dialling = { keys, net: { ...net, dial }, clock };
    const channel = await dialChannel(
      victim.device.key,
      victim.at,
      { type: 'link' },
      dialling,
      never,
    );
    while (victim.come.length === 0) await turn();
    conns[0]?.send([Uint8Array.of(0, 0, 16), new Uint8Array(100)]);
    const [side] = victim.come;
    await side?.closed;
    const [why] = side?.closings ?? [];
    assert.ok(why instanceof PeerFault && why.code === 'MESSAGE_TOO_LONG');
    channel.close();
  });

  test('has so many connections and no more', async () => {
    await using victim = await Victim.open();
    const channels: SecretChannel[] = [];
    for (let i = 0; i < 8; i++) channels.push(await victim.befriend());
    const { keys } = victim.friend;
    const to = victim.device.key;
    const ninth = await dialChannel(to, victim.at, { type: 'link' }, { keys, net, clock }, never);
    await new Promise<void>((resolve) => {
      ninth.start(
        () => undefined,
        () => resolve(),
      );
    });
    assert.equal(victim.come.length, 8);
    for (const channel of channels) channel.close();
  });
});

describe('a relay that somebody abuses', () => {
  test('has so many calls of one device at a time, and forgets those that nobody takes', async () => {
    await using world = await openRelay();
    const waiter = await world.dial(makeKeys(), WAIT);
    await waiter.message('welcome');
    const caller = makeKeys();
    const calls = [];
    for (let i = 0; i < 18; i++) calls.push(await world.dial(caller, callTo(waiter.key)));
    const reasons = await Promise.all(calls.slice(16).map((each) => each.reason()));
    assert.deepEqual(reasons, ['full', 'full']);
    world.clock.pass(5_000);
    const others = await Promise.all(calls.slice(0, 16).map((each) => each.reason()));
    assert.deepEqual(new Set(others), new Set(['not-here']));
  });

  test('joins one device with a dozen others by two lanes each, and with no more', async () => {
    await using world = await openRelay();
    const waiter = await world.dial(makeKeys(), WAIT);
    await waiter.message('welcome');
    for (let i = 0; i < 12; i++) {
      const caller = makeKeys();
      for (let lane = 0; lane < 2; lane++) await world.joinWith(waiter, caller);
    }
    const caller = await world.dial(makeKeys(), callTo(waiter.key));
    assert.equal(await caller.reason(), 'full');
    await world.join(); // others have their places
    assert.equal(world.service.pairCount, 25);
  });

  test('joins so many pairs of all and no more, until one of them has gone', async () => {
    await using world = await openRelay();
    const [first] = await Promise.all(Array.from({ length: 8 }, async () => await world.join()));
    for (let i = 0; i < 120; i++) await world.join();
    const waiter = await world.dial(makeKeys(), WAIT);
    await waiter.message('welcome');
    const late = await world.dial(makeKeys(), callTo(waiter.key));
    assert.equal(await late.reason(), 'full');
    first?.caller.channel.close();
    await first?.answerer.closed;
    await world.joinWith(waiter, makeKeys());
    assert.equal(world.service.pairCount, 128);
  });

  test('waits no longer for who was refused once they have gone', async () => {
    await using world = await openRelay();
    const before = world.clock.pendingCount;
    const caller = await world.dial(makeKeys(), callTo(makeKeys().device));
    assert.equal(await caller.reason(), 'not-here');
    caller.channel.close();
    for (let i = 0; i < 2_000 && world.clock.pendingCount > before; i++) await turn();
    assert.equal(world.clock.pendingCount, before);
  });

  test('gives a call to nobody but whom it is for', async () => {
    await using world = await openRelay();
    const waiter = await world.dial(makeKeys(), WAIT);
    await waiter.message('welcome');
    await world.dial(makeKeys(), callTo(waiter.key));
    const ring = await waiter.message('ring');
    const thief = await world.dial(makeKeys(), { type: 'answer', ticket: ring.ticket });
    assert.equal(await thief.reason(), 'gone');
    const guess = await world.dial(waiter.keys, { type: 'answer', ticket: randomBytes(16) });
    assert.equal(await guess.reason(), 'gone');
  });

  test('cuts a pair through which nothing goes, and tells both', async () => {
    await using world = await openRelay();
    const { caller, answerer } = await world.join();
    world.clock.pass(30_000);
    assert.deepEqual([await caller.reason(), await answerer.reason()], ['idle', 'idle']);
  });

  test('cuts a pair that has lasted for half a day', async () => {
    await using world = await openRelay();
    const { caller, answerer } = await world.join();
    for (let i = 0; i < 1_800; i++) {
      caller.channel.send([Uint8Array.of(0, 1)]);
      await answerer.counted(i + 1);
      world.clock.pass(24_000);
    }
    assert.deepEqual([await caller.reason(), await answerer.reason()], ['time', 'time']);
  });

  test('closes who says what users do not say', async () => {
    await using world = await openRelay();
    const { caller, answerer } = await world.join();
    caller.channel.send([encodeRelayMessage({ type: 'welcome' })]);
    await Promise.all([caller.closed, answerer.closed]);
    const waiter = await world.dial(makeKeys(), WAIT);
    await waiter.message('welcome');
    waiter.channel.send([Uint8Array.of(0, 1, 2)]);
    await waiter.closed;
    assert.equal(world.service.waiterCount, 1); // the other one
  });

  test('holds no more of what a slow reader does not take than connections queue', async () => {
    await using world = await openRelay({ bytesOfUser: 2 ** 40, bytesOfAll: 2 ** 40 });
    const { caller, answerer } = await world.join();
    answerer.channel.pause();
    const part = new Uint8Array(65_536);
    let sent = 0;
    while (caller.channel.send([part]) || (await drains(caller.channel))) {
      sent += part.length;
      if (sent > 64 * 2 ** 20) break;
    }
    // its two queues, ours, and what the system holds of four sockets
    assert.ok(sent < 48 * 2 ** 20, `${sent} bytes were taken`);
    answerer.channel.resume();
  });
});

/** A user of a relay, and what it was told. */
class User {
  readonly keys: OwnKeys;
  readonly channel: SecretChannel;
  readonly closed: Promise<void>;
  readonly #messages: RelayMessage[] = [];
  readonly #looks = new Set<() => void>();

  constructor(keys: OwnKeys, channel: SecretChannel) {
    this.keys = keys;
    this.channel = channel;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    channel.start(
      (bytes) => {
        this.#messages.push(decodeRelayMessage(bytes.slice()));
        for (const look of this.#looks) look();
      },
      () => resolve(),
    );
  }

  get key(): DeviceKey {
    return this.keys.device;
  }

  async message<Type extends RelayMessage['type']>(
    type: Type,
  ): Promise<Extract<RelayMessage, { type: Type }>> {
    let found: RelayMessage | undefined;
    await this.#until(() => {
      found = this.#messages.find((each) => each.type === type);
      return found !== undefined;
    });
    return found as Extract<RelayMessage, { type: Type }>;
  }

  /** Each but once. */
  async next<Type extends RelayMessage['type']>(
    type: Type,
  ): Promise<Extract<RelayMessage, { type: Type }>> {
    const message = await this.message(type);
    this.#messages.splice(this.#messages.indexOf(message), 1);
    return message;
  }

  async reason(): Promise<string> {
    return (await this.message('ended')).reason;
  }

  /** Until so many parts of data have come. */
  async counted(count: number): Promise<void> {
    await this.#until(() => this.#messages.filter(({ type }) => type === 'data').length >= count);
  }

  async #until(isIt: () => boolean): Promise<void> {
    if (isIt()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isIt()) resolve();
    };
    this.#looks.add(look);
    await promise;
    this.#looks.delete(look);
  }
}

interface RelayWorld extends AsyncDisposable {
  readonly clock: HandClock;
  readonly service: RelayService;
  dial(keys: OwnKeys, greeting: Greeting): Promise<User>;
  join(): Promise<Joined>;
  joinWith(waiter: User, caller: OwnKeys): Promise<Joined>;
}

interface Joined {
  readonly caller: User;
  readonly answerer: User;
}

/** A relay that serves everybody. */
async function openRelay(quotas?: RelayQuotas): Promise<RelayWorld> {
  await using resources = new AsyncDisposableStack();
  const handClock = new HandClock();
  const helper = makeKeys();
  const at = [{ host: '127.0.0.1', port: 0 }];
  const door = resources.use(
    await TcpDoor.open({ at, keys: helper, net, clock: handClock }, never),
  );
  const host = { levelOf: () => 'contact' as const };
  const service = resources.use(
    new RelayService({
      door,
      host,
      clock: handClock,
      random,
      ...(quotas === undefined ? {} : { quotas }),
    }),
  );
  const [local] = door.locals;
  assert.ok(local);
  const dial = async (keys: OwnKeys, greeting: Greeting): Promise<User> =>
    new User(keys, await dialChannel(helper.device, local, greeting, { keys, net, clock }, never));
  const joinWith = async (waiter: User, callerKeys: OwnKeys): Promise<Joined> => {
    const caller = await dial(callerKeys, callTo(waiter.key));
    const { ticket } = await waiter.next('ring');
    const answerer = await dial(waiter.keys, { type: 'answer', ticket });
    await Promise.all([caller.message('joined'), answerer.message('joined')]);
    return { caller, answerer };
  };
  const owned = resources.move();
  return {
    clock: handClock,
    service,
    dial,
    joinWith,
    async join() {
      const waiter = await dial(makeKeys(), WAIT);
      await waiter.message('welcome');
      return await joinWith(waiter, makeKeys());
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Whether it takes more, a moment after it was full. */
async function drains(channel: SecretChannel): Promise<boolean> {
  const drained = new Promise<boolean>((resolve) => {
    channel.onDrain = () => resolve(true);
  });
  return await Promise.race([drained, turns(2_000)]);
}

async function turns(count: number): Promise<boolean> {
  for (let i = 0; i < count; i++) await turn();
  return false;
}

test('addresses of one home are one network', () => {
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7');
  const same = ['2001:db8::1', '2001:db8:0:0:ffff::', '2001:0db8:0000:0:1:2:3:4'];
  assert.equal(new Set(same.map(networkOf)).size, 1);
  assert.notEqual(networkOf('2001:db8:0:1::1'), networkOf('2001:db8::1'));
  assert.equal(networkOf('::1'), '0:0:0:0');
  // neighbours on a link are not one home, though they have one /64
  assert.notEqual(networkOf('fe80::1%eth0'), networkOf('fe80::2%eth0'));
  assert.equal(networkOf('fec0::1'), networkOf('fec0::2'));
});

test('there is room for handshakes of several networks', () => {
  assert.ok(HANDSHAKES_MAX >= 8 * HANDSHAKES_OF_NETWORK_MAX);
});

test('any bytes are a greeting or a PeerFault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const decode of [decodeGreeting, decodeRelayMessage]) {
        try {
          decode(bytes);
        } catch (error) {
          assert.ok(error instanceof PeerFault);
        }
      }
    }),
  );
});

test('greetings and relay messages are what they were encoded from', () => {
  const ticket = fc.uint8Array({ minLength: TICKET_LENGTH, maxLength: TICKET_LENGTH });
  fc.assert(
    fc.property(ticket, (bytes) => {
      const { device } = makeKeys();
      for (const greeting of [
        { type: 'link' },
        { type: 'wait', callKey: new Uint8Array(CALL_KEY_LENGTH).fill(7) },
        { type: 'call', to: device, token: bytes },
        { type: 'call', to: device, token: bytes, until: 1_800_000_000 },
        { type: 'answer', ticket: bytes },
      ] as const)
        assert.deepEqual(decodeGreeting(encodeGreeting(greeting)), greeting);
      for (const message of [
        { type: 'welcome' },
        { type: 'joined' },
        { type: 'ring', from: device, ticket: bytes },
        { type: 'ended', reason: 'quota' },
      ] as const)
        assert.deepEqual(decodeRelayMessage(encodeRelayMessage(message)), message);
    }),
    { numRuns: 20 },
  );
});
