/**
 * `people/1` with one device of a contact: both say which device lists they hold, send the newer ones, and then what
 * changes. A list that is forged ends the session; one that is old, or contradicts another, is reported and not taken.
 */
import { Allowance, equalBytes, PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519, Machine, Millis } from '@coequal/base';
import { encodeFrame, FrameBuffer } from '../frame-buffer.ts';
import { certifiedDevice, decodeDeviceList, newerList } from '../identity/device-list.ts';
import type { DeviceList } from '../identity/device-list.ts';
import type { PersonKey } from '../identity/person-key.ts';
import type { TellableAddress } from './address-bytes.ts';
import type { HelperPlace } from './helper-places.ts';
import { decodePeopleMessage, digestOf, encodePeopleMessage, NO_LIST } from './people-wire.ts';
import { PEOPLE_FRAME_LENGTH_MAX } from './people-wire.ts';
import type { HeldList, PeopleMessage, SeenOfYou } from './people-wire.ts';

/** From the opening to the other's first message: half a minute is for a bad line. */
export const HELLO_TIMEOUT_MS = 30_000;
/** Messages at once. A greeting is six; each costs a signature check or a write to disk at most. */
export const MESSAGES_BURST_MAX = 60;
/** In the long run, one in so many: nobody's addresses change faster for long. */
const MESSAGE_EACH_MS = 2_000;

/** Where a device is, and what it does there for others. */
export interface OwnPlace {
  readonly relays: boolean;
  readonly isNode: boolean;
  readonly addresses: readonly TellableAddress[];
}

/** What this side is and holds, whenever the session asks. */
export interface PeopleView {
  ownList(): Uint8Array;
  ownNumber(): number;
  name(): string;
  addresses(): OwnPlace;
  seen(): SeenOfYou;
  /** Where the other device can call this one; none says nothing, and what was told before stays. */
  helpers(): readonly HelperPlace[];
  /** By what this device is known in a local network; undefined when nobody is looked for there. */
  near(): Uint8Array | undefined;
  /** It is a device of the own person: of its lists none is judged here. */
  readonly isOwn?: boolean;
  /** Of the contact. */
  held(): { readonly list: DeviceList; readonly encoded: Uint8Array } | undefined;
}

export type PeopleChange = 'list' | 'name' | 'addresses' | 'seen' | 'helpers' | 'near';

export type PeopleInput =
  | { readonly type: 'begin' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'changed'; readonly what: PeopleChange };

export type PeopleOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** The other device is there, and speaks for the person it should. */
  | { readonly type: 'greeted' }
  /** Newer than what is held: to be kept before anything else is done. */
  | { readonly type: 'list'; readonly list: DeviceList; readonly encoded: Uint8Array }
  /** Of the own person, as the other holds it; whose it is was not looked at. */
  | { readonly type: 'own-list'; readonly encoded: Uint8Array }
  | { readonly type: 'list-refused'; readonly code: string }
  | { readonly type: 'name'; readonly name: string }
  | ({ readonly type: 'addresses' } & OwnPlace)
  | ({ readonly type: 'seen' } & SeenOfYou)
  | { readonly type: 'helpers'; readonly helpers: readonly HelperPlace[] }
  | { readonly type: 'near'; readonly secret: Uint8Array }
  /** The other has kept by what this device is known near. */
  | { readonly type: 'near-told' }
  | { readonly type: 'gone' }
  | { readonly type: 'close'; readonly reason: PeerFault };

/** Lists that are not taken, and yet no reason to part: the other may have an old one, or be attacked. */
const BEARABLE: ReadonlySet<string> = new Set([
  'OLD_DEVICE_LIST',
  'FORKED_DEVICE_LIST',
  'REVOKED_CAME_BACK',
]);

export class PeopleSession implements Machine<PeopleInput, PeopleOutput> {
  readonly #person: PersonKey;
  readonly #device: DeviceKey;
  readonly #view: PeopleView;
  readonly #ed25519: Ed25519;
  readonly #since: Millis;
  readonly #buffer = new FrameBuffer(PEOPLE_FRAME_LENGTH_MAX);
  #state: 'waiting' | 'greeted' | 'ended' = 'waiting';
  #hasBegun = false;
  /** Of our list, as far as is known. */
  #theyHold: HeldList = NO_LIST;
  #hasHeardOfOurs = false;
  readonly #allowance: Allowance;

  constructor(
    other: { readonly person: PersonKey; readonly device: DeviceKey },
    view: PeopleView,
    ed25519: Ed25519,
    now: Millis,
  ) {
    this.#person = other.person;
    this.#device = other.device;
    this.#view = view;
    this.#ed25519 = ed25519;
    this.#since = now;
    this.#allowance = new Allowance(MESSAGES_BURST_MAX, MESSAGE_EACH_MS, now);
  }

  get deadline(): Millis | undefined {
    return this.#state === 'waiting' ? this.#since + HELLO_TIMEOUT_MS : undefined;
  }

  step(input: PeopleInput | { readonly type: 'timeout' }, now: Millis): PeopleOutput[] {
    if (this.#state === 'ended') return [];
    switch (input.type) {
      case 'timeout':
        return this.deadline !== undefined && now >= this.deadline
          ? this.#fail(new PeerFault('HELLO_TIMEOUT'))
          : [];
      case 'begin':
        return this.#hello();
      case 'changed':
        return this.#state === 'greeted' ? this.#tell(input.what) : [];
      case 'bytes':
        return this.#takeBytes(input.bytes, now);
    }
  }

  #takeBytes(bytes: Uint8Array, now: Millis): PeopleOutput[] {
    const outputs: PeopleOutput[] = [];
    try {
      for (const frame of this.#buffer.take(bytes)) {
        this.#allowance.take(now);
        outputs.push(...this.#take(decodePeopleMessage(frame)));
        if (this.#hasEnded()) break;
      }
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      outputs.push(...this.#fail(error));
    }
    return outputs;
  }

  #hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** First of all, whoever is first. */
  #hello(): PeopleOutput[] {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    const held = this.#view.held();
    const message = send({
      type: 'hello',
      own: { number: this.#view.ownNumber(), digest: digestOf(this.#view.ownList()) },
      yours:
        held === undefined ? NO_LIST : { number: held.list.number, digest: digestOf(held.encoded) },
    });
    return [message];
  }

  #take(message: PeopleMessage): PeopleOutput[] {
    if (message.type === 'gone') {
      this.#state = 'ended';
      return [{ type: 'gone' }];
    }
    // also instead of a greeting: to a device that was revoked nothing else is said
    if (message.type === 'yours') return this.#takeOurs(message.list);
    if (message.type === 'hello') {
      if (this.#state !== 'waiting') throw new PeerFault('BAD_FRAME', { type: 'hello' });
      this.#state = 'greeted';
      this.#theyHold = message.yours;
      const changes: readonly PeopleChange[] = [
        'list',
        'name',
        'addresses',
        'seen',
        'helpers',
        'near',
      ];
      return [
        ...this.#hello(),
        { type: 'greeted' },
        ...this.#returnTheirs(message.own),
        ...changes.flatMap((what) => this.#tell(what)),
      ];
    }
    if (this.#state !== 'greeted') throw new PeerFault('BAD_FRAME', { type: message.type });
    switch (message.type) {
      case 'list':
        return this.#takeList(message.list);
      case 'name':
      case 'addresses':
      case 'seen':
      case 'helpers':
        return [message];
      case 'near':
        return [message, send({ type: 'near-known', digest: digestOf(message.secret) })];
      case 'near-known': {
        const secret = this.#view.near();
        const isOfNow = secret !== undefined && equalBytes(digestOf(secret), message.digest);
        return isOfNow ? [{ type: 'near-told' }] : [];
      }
    }
  }

  /** A list of this person: once a session, since each is looked at. */
  #takeOurs(encoded: Uint8Array): PeopleOutput[] {
    if (this.#hasHeardOfOurs) throw new PeerFault('BAD_FRAME', { type: 'yours' });
    this.#hasHeardOfOurs = true;
    return [{ type: 'own-list', encoded: encoded.slice() }];
  }

  /** Their own list, when they have an older one, or another of that number. */
  #returnTheirs({ number, digest }: HeldList): PeopleOutput[] {
    const held = this.#view.held();
    if (this.#view.isOwn === true || held === undefined || held.list.number < number) return [];
    if (held.list.number === number && equalBytes(digest, digestOf(held.encoded))) return [];
    return [send({ type: 'yours', list: held.encoded })];
  }

  #takeList(encoded: Uint8Array): PeopleOutput[] {
    const list = decodeDeviceList(encoded, this.#ed25519);
    if (list.person !== this.#person) throw new PeerFault('OTHER_PERSON');
    if (this.#view.isOwn === true) return [{ type: 'own-list', encoded: encoded.slice() }];
    const held = this.#view.held()?.list;
    try {
      if (newerList(held, list) === held) return [];
    } catch (error) {
      if (!(error instanceof PeerFault) || !BEARABLE.has(error.code)) throw error;
      return [{ type: 'list-refused', code: error.code }];
    }
    const outputs: PeopleOutput[] = [{ type: 'list', list, encoded: encoded.slice() }];
    try {
      certifiedDevice(list, this.#device);
      return outputs;
    } catch (error) {
      // it brought the news that it is theirs no more: kept, and goodbye
      if (!(error instanceof PeerFault)) throw error;
      return [...outputs, ...this.#fail(error)];
    }
  }

  #tell(what: PeopleChange): PeopleOutput[] {
    switch (what) {
      case 'list': {
        const number = this.#view.ownNumber();
        const list = this.#view.ownList();
        const digest = digestOf(list);
        const { number: theirs, digest: held } = this.#theyHold;
        // of two with one number both sides shall hear: somebody signed twice
        if (theirs > number || (theirs === number && equalBytes(held, digest))) return [];
        this.#theyHold = { number, digest };
        return [send({ type: 'list', list })];
      }
      case 'name':
        return [send({ type: 'name', name: this.#view.name() })];
      case 'addresses':
        return [send({ type: 'addresses', ...this.#view.addresses() })];
      case 'seen':
        return [send({ type: 'seen', ...this.#view.seen() })];
      case 'helpers': {
        const helpers = this.#view.helpers();
        return helpers.length === 0 ? [] : [send({ type: 'helpers', helpers })];
      }
      case 'near': {
        const secret = this.#view.near();
        return secret === undefined ? [] : [send({ type: 'near', secret })];
      }
    }
  }

  #fail(reason: PeerFault): PeopleOutput[] {
    this.#state = 'ended';
    return [{ type: 'close', reason }];
  }
}

/** What a device that was revoked is told: the list in which it is. */
export function revocation(list: Uint8Array): Uint8Array {
  return encodeFrame(encodePeopleMessage({ type: 'yours', list }));
}

/** What a device of somebody who is no contact any more is told. */
export function farewell(): Uint8Array {
  return encodeFrame(encodePeopleMessage({ type: 'gone' }));
}

function send(message: PeopleMessage): PeopleOutput {
  return { type: 'send', bytes: encodeFrame(encodePeopleMessage(message)) };
}
