/**
 * A place to meet in the local network: who waits announces by multicast DNS where, and under which key made for it
 * alone; who knows the topic finds that, and dials it over TCP. Nothing of it says whose device it is.
 */
import { LocalFault, PeerFault, untilAborted } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Endpoint, Millis, Net, Random } from '@coequal/base';
import { CodeMeetings } from '../../core/lan/code-meetings.ts';
import type { CodeMeetingInput, CodeMeetingOutput } from '../../core/lan/code-meetings.ts';
import type { CodePlace } from '../../core/lan/code-announcement.ts';
import { Arrivals } from '../people/arrivals.ts';
import type { ByteStream } from '../people/drive-stream.ts';
import type { MeetingPlace, Met } from '../people/rendezvous.ts';
import { ChannelStream } from '../transport/channel-stream.ts';
import type { OwnKeys } from '../transport/own-keys.ts';
import { dialChannel } from '../transport/tcp-dial.ts';
import { TcpDoor } from '../transport/tcp-door.ts';
import type { LanGroup } from './lan-group.ts';

/** Visitors of one topic at a time, as in the directory: each guess at a password is one. */
const VISITORS_MAX = 4;
/** In one network who does not answer by then is not there, or not honest. */
const DIAL_MS: Millis = 3_000;

export interface LanRendezvousPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
}

interface Look {
  onFound(place: CodePlace): void;
  onOver(): void;
}

export class LanRendezvous implements MeetingPlace, Disposable {
  readonly reach = 'network';
  readonly #group: LanGroup;
  /** Addresses to listen at. */
  readonly #hosts: readonly string[];
  readonly #ports: LanRendezvousPorts;
  readonly #machine: CodeMeetings;
  readonly #looks = new Map<number, Look>();
  readonly #leave: Cancel;
  #lastId = 0;
  #cancelDue: Cancel = () => undefined;
  #isClosed = false;

  constructor(group: LanGroup, hosts: readonly string[], ports: LanRendezvousPorts) {
    const { clock, random } = ports;
    this.#group = group;
    this.#hosts = hosts;
    this.#ports = ports;
    const epochAt = (now: Millis): number => clock.epochNow() + now - clock.now();
    this.#machine = new CodeMeetings({ random, epochAt });
    this.#leave = group.join({
      onHosts: (now) => this.#step({ type: 'interfaces', hosts: now }),
      onQuery: () => this.#step({ type: 'query' }),
      onAnnouncement: (bytes, from) => this.#step({ type: 'announcement', bytes, from }),
    });
  }

  /** Counts of announcements: heard while something was looked for, found, and not looked at in a flood. */
  get stats(): Readonly<CodeMeetings['stats']> {
    return this.#machine.stats;
  }

  /** Looks end. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#leave();
    this.#cancelDue();
    for (const look of this.#looks.values()) look.onOver();
    this.#looks.clear();
  }

  async announce(
    topic: Uint8Array,
    keys: OwnKeys,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<AsyncDisposable> {
    this.#requireNetwork();
    await using resources = new AsyncDisposableStack();
    const { net, clock } = this.#ports;
    const at = this.#hosts.map((host): Endpoint => ({ host, port: 0 }));
    const door = resources.use(await TcpDoor.open({ at, keys, net, clock }, signal));
    const visitors = new Set<ByteStream>();
    resources.defer(() => {
      for (const visitor of visitors) visitor.close();
    });
    const stop = door.serve(['meet'], {
      admits: () => visitors.size < VISITORS_MAX,
      onChannel(channel) {
        const visitor: ByteStream = new ChannelStream(channel, () => visitors.delete(visitor));
        visitors.add(visitor);
        onVisitor(visitor);
      },
    });
    resources.defer(stop);
    const id = this.#nextId();
    const port = door.locals[0]?.port ?? 0;
    this.#step({ type: 'show', id, topic, port, key: keys.device });
    resources.defer(() => this.#step({ type: 'hide', id }));
    return resources.move();
  }

  async *find(
    topic: Uint8Array,
    keys: OwnKeys,
    signal: AbortSignal,
  ): AsyncGenerator<Met, void, undefined> {
    this.#requireNetwork();
    signal.throwIfAborted();
    await using arrivals = new Arrivals<Met>(({ stream }) => stream.close());
    // places that wait, of each key that is being dialled or was met: it is met once, by whichever of its addresses
    const waiting = new Map<DeviceKey, CodePlace[]>();
    arrivals.add((bring, running) => {
      const either = AbortSignal.any([running, signal]);
      return this.#look(topic, either, (place) => {
        const more = waiting.get(place.key);
        if (more !== undefined) return void more.push(place);
        const places = [place];
        waiting.set(place.key, places);
        arrivals.add(async () => {
          for (let next = places.shift(); next !== undefined; next = places.shift()) {
            const stream = await this.#dial(next, keys, either);
            if (stream !== undefined) return bring({ key: next.key, stream });
          }
          waiting.delete(place.key);
        });
      });
    });
    yield* arrivals.all();
  }

  /** Resolves when nothing more is found by this look. A handful are at most. */
  async #look(
    topic: Uint8Array,
    signal: AbortSignal,
    onFound: (place: CodePlace) => void,
  ): Promise<void> {
    const id = this.#nextId();
    const { promise: over, resolve: onOver } = Promise.withResolvers<void>();
    this.#looks.set(id, { onFound, onOver });
    this.#step({ type: 'look', id, topic });
    try {
      await untilAborted(over, signal);
    } finally {
      this.#looks.delete(id);
      this.#step({ type: 'stop', id });
    }
  }

  /** Undefined when nobody is there, or it is somebody else. */
  async #dial(
    { host, port, key }: CodePlace,
    keys: OwnKeys,
    signal: AbortSignal,
  ): Promise<ByteStream | undefined> {
    const { net, clock } = this.#ports;
    const late = new AbortController();
    const cancel = clock.at(clock.now() + DIAL_MS, () => late.abort(new PeerFault('SILENT')));
    try {
      const channel = await dialChannel(
        key,
        { host, port },
        { type: 'meet' },
        { keys, net, clock },
        AbortSignal.any([signal, late.signal]),
      );
      return new ChannelStream(channel);
    } catch (error) {
      signal.throwIfAborted();
      if (late.signal.aborted || error instanceof LocalFault || error instanceof PeerFault)
        return undefined;
      throw error;
    } finally {
      cancel();
    }
  }

  #requireNetwork(): void {
    if (this.#isClosed || this.#group.hosts.length === 0)
      throw new LocalFault('RENDEZVOUS_FAILED', { problem: 'no local network' });
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #step(input: CodeMeetingInput | { readonly type: 'timeout' }): void {
    if (this.#isClosed) return;
    const { clock } = this.#ports;
    try {
      for (const output of this.#machine.step(input, clock.now())) this.#do(output);
    } catch (error) {
      // somebody said nonsense: there is no connection to end
      if (!(error instanceof PeerFault)) throw error;
    }
    this.#cancelDue();
    const { deadline } = this.#machine;
    if (deadline !== undefined)
      this.#cancelDue = clock.at(deadline, () => this.#step({ type: 'timeout' }));
  }

  #do(output: CodeMeetingOutput): void {
    switch (output.type) {
      case 'send-query':
        return this.#group.query(output.via);
      case 'send-announcements':
        return this.#group.announce(output.via, output.announcements);
      case 'found':
        return this.#looks.get(output.id)?.onFound(output.place);
      case 'over':
        return this.#looks.get(output.id)?.onOver();
    }
  }
}
