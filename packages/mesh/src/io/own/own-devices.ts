/** Keeps what own devices share equal: one stream of `own/1` with each that is there, opened by the one with the lower key. */
import { LocalFault, PeerFault, sleep, TaskGroup } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Links, LinkStream, Millis, Random } from '@coequal/base';
import { OwnSession } from '../../core/own/own-session.ts';
import type { OwnInput, OwnOutput } from '../../core/own/own-session.ts';
import { OWN_PROTOCOL } from '../../core/own/own-wire.ts';
import { driveStream } from '../people/drive-stream.ts';
import type { Driven } from '../people/drive-stream.ts';
import { OwnBook } from './own-book.ts';
import type { OwnBookParts, OwnNews } from './own-book.ts';
import type { OwnPerson } from './own-peers.ts';

/** After a stream ended, or was not opened, while the device is there; then twice as long each time. */
const REOPEN_MS = 2_000;
const REOPEN_LATEST_MS = 900_000;
/** A stream that stood so long was no accident: the next is opened soon again. */
const STABLE_MS = 60_000;

export interface OwnDevicePorts {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly ownDevice: DeviceKey;
  /** The other devices of this person. */
  others(): readonly DeviceKey[];
  /** Whether it speaks `people/1` now. */
  isThere(device: DeviceKey): boolean;
  onNews(news: OwnNews): void;
  /** What was not taken, or why a stream ended that should go on. */
  onProblem(device: DeviceKey, fault: PeerFault): void;
  onFailure(error: unknown): void;
}

export interface SharedAmongOwn {
  readonly book: OwnBook;
  readonly devices: OwnDevices;
}

/** What is shared of these books, and with whom. */
export function shareAmongOwn(
  parts: Omit<OwnBookParts, 'person' | 'epochNow'> &
    Pick<OwnDevicePorts, 'links' | 'clock' | 'random'> & { readonly identity: OwnPerson },
  ports: Omit<OwnDevicePorts, 'links' | 'clock' | 'random' | 'ownDevice'>,
): SharedAmongOwn {
  const { links, clock, random, identity } = parts;
  const { person, device: ownDevice } = identity;
  const book = new OwnBook({ ...parts, person, epochNow: () => clock.epochNow() });
  return { book, devices: new OwnDevices({ ...ports, links, clock, random, ownDevice }, book) };
}

interface Reach {
  nextAt: Millis;
  failures: number;
  isOpening: boolean;
}

export class OwnDevices implements AsyncDisposable {
  readonly #ports: OwnDevicePorts;
  readonly #book: OwnBook;
  readonly #tasks: TaskGroup;
  readonly #sessions = new Map<
    DeviceKey,
    { readonly driven: Driven<OwnInput>; readonly machine: OwnSession }
  >();
  readonly #reaches = new Map<DeviceKey, Reach>();
  readonly #stopListening: Cancel;
  #timer: Cancel | undefined;
  #isClosed = false;

  constructor(ports: OwnDevicePorts, book: OwnBook) {
    this.#ports = ports;
    this.#book = book;
    this.#tasks = new TaskGroup((error) => ports.onFailure(error));
    this.#stopListening = ports.links.accept(OWN_PROTOCOL, (stream, from) => {
      if (ports.others().includes(from)) this.#begin(stream, from);
      else stream.close();
    });
    book.onChanged = (key) => {
      for (const { driven } of this.#sessions.values())
        driven.post({ type: 'changed', keys: [key] });
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    this.#timer?.();
    for (const { driven } of this.#sessions.values()) driven.close();
    await this.#tasks[Symbol.asyncDispose]();
  }

  /** Those with whom nothing is to be said any more until something changes. */
  settled(): DeviceKey[] {
    return [...this.#sessions].flatMap(([device, { machine }]) =>
      machine.isQuiet ? [device] : [],
    );
  }

  /** Own devices came, went, were added or revoked. */
  refresh(): void {
    if (this.#isClosed) return;
    const others = new Set(this.#ports.others());
    for (const [device, { driven }] of this.#sessions) if (!others.has(device)) driven.close();
    for (const device of this.#reaches.keys())
      if (!others.has(device) || !this.#ports.isThere(device)) this.#reaches.delete(device);
    this.#timer?.();
    this.#timer = undefined;
    const now = this.#ports.clock.now();
    let next: Millis | undefined;
    for (const device of others) {
      if (this.#ports.ownDevice > device || this.#sessions.has(device)) continue;
      if (!this.#ports.isThere(device)) continue;
      const reach = this.#reaches.get(device) ?? { nextAt: now, failures: 0, isOpening: false };
      this.#reaches.set(device, reach);
      if (reach.isOpening) continue;
      if (reach.nextAt <= now) this.#open(device, reach);
      else next = Math.min(next ?? reach.nextAt, reach.nextAt);
    }
    if (next !== undefined) this.#timer = this.#ports.clock.at(next, () => this.refresh());
  }

  #open(device: DeviceKey, reach: Reach): void {
    reach.isOpening = true;
    this.#tasks.run(async (signal) => {
      try {
        const request = { protocol: OWN_PROTOCOL, lane: 'talk' } as const;
        const stream = await this.#ports.links.open(device, request, signal);
        if (signal.aborted || !this.#ports.others().includes(device)) stream.close();
        else this.#begin(stream, device);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
        this.#later(reach);
      } finally {
        reach.isOpening = false;
        this.refresh();
      }
    });
  }

  #later(reach: Reach): void {
    const { clock, random } = this.#ports;
    const wait = Math.min(REOPEN_LATEST_MS, REOPEN_MS * 2 ** Math.min(reach.failures, 20));
    reach.failures += 1;
    reach.nextAt = clock.now() + wait * (0.75 + random.number() / 2);
  }

  #begin(stream: LinkStream, device: DeviceKey): void {
    const { clock } = this.#ports;
    // a new one tells that the one before is dead
    this.#sessions.get(device)?.driven.close();
    const since = clock.now();
    const machine = new OwnSession(this.#book, since);
    const driven = driveStream(machine, stream, clock, (output: OwnOutput): OwnInput[] => {
      this.#take(device, output);
      return [];
    });
    const session = { driven, machine };
    this.#sessions.set(device, session);
    this.#tasks.run(async (signal) => {
      // the first time all is digested, a little in each turn, so that nothing else waits long
      while (this.#book.digestSome()) await sleep(clock, 0, signal);
      driven.post({ type: 'begin' });
    });
    this.#tasks.run(async () => {
      const why = await driven.closed;
      if (this.#sessions.get(device) !== session) return;
      this.#sessions.delete(device);
      if (this.#isClosed) return;
      if (why instanceof PeerFault) this.#ports.onProblem(device, why);
      const reach = this.#reaches.get(device);
      if (reach !== undefined) {
        if (clock.now() >= since + STABLE_MS) reach.failures = 0;
        this.#later(reach);
      }
      this.refresh();
    });
  }

  #take(device: DeviceKey, output: OwnOutput): void {
    if (output.type === 'refused') this.#ports.onProblem(device, output.reason);
    if (output.type !== 'records') return;
    // it may have been revoked a moment ago
    if (!this.#ports.others().includes(device)) throw new PeerFault('DEVICE_REVOKED', { device });
    const news = this.#book.take(output.records);
    for (const code of news.problems) this.#ports.onProblem(device, new PeerFault(code));
    this.#ports.onNews(news);
  }
}
