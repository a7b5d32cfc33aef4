/**
 * Codes in the local network: announces those that are shown here, and looks for those that were typed here. Both know
 * the place that number and first word name; nothing is said of the other words, or of who it is (docs/lan.md).
 */
import type { DeviceKey, Machine, Millis, Random } from '@coequal/base';
import { NONCE_LENGTH } from './announcement-seal.ts';
import {
  announcedCodeTag,
  decodeCodeAnnouncement,
  encodeCodeAnnouncement,
} from './code-announcement.ts';
import type { CodePlace } from './code-announcement.ts';
import { hostHere } from './lan-host.ts';
import { LanRounds } from './lan-rounds.ts';
import { lanKeys, slotAt } from './lan-tag.ts';
import type { LanKeys } from './lan-tag.ts';

/** From one telling to the next, at last: who types the code later asks. */
const ROUND_MAX_MS = 60_000;
/** A look: two questions, of which one may be lost, and a second for the answers of the last. */
const QUESTIONS = 2;
const QUESTION_EACH_MS = 1_000;
const LOOK_MS: Millis = QUESTIONS * QUESTION_EACH_MS;
/** Clocks may be apart by a slot. */
const SLOTS_BESIDE = 1;
/** Of one look: somebody else may have chosen the same words; a flood of false places is dialled no further. */
export const CODE_PLACES_MAX = 8;
/** Of them from one address: who wants to fill a look alone has to pretend to be several. */
export const CODE_PLACES_OF_HOST_MAX = 2;
/** In a second, of announcements: a flood costs no more than this, and one address does not take what is for all. */
const HEARD_PER_SECOND_MAX = 500;
const HEARD_OF_HOST_PER_SECOND_MAX = 20;

export type CodeMeetingInput =
  | { readonly type: 'interfaces'; readonly hosts: readonly string[] }
  /** Somebody waits for who comes to `topic`. Its owner has a handful of them at most. */
  | ({ readonly type: 'show'; readonly id: number; readonly topic: Uint8Array } & WaitsAt)
  | { readonly type: 'hide'; readonly id: number }
  | { readonly type: 'look'; readonly id: number; readonly topic: Uint8Array }
  | { readonly type: 'stop'; readonly id: number }
  | { readonly type: 'query' }
  | { readonly type: 'announcement'; readonly bytes: Uint8Array; readonly from: string };

interface WaitsAt {
  readonly port: number;
  readonly key: DeviceKey;
}

export type CodeMeetingOutput =
  | { readonly type: 'send-query'; readonly via: string }
  | {
      readonly type: 'send-announcements';
      readonly via: string;
      readonly announcements: readonly Uint8Array[];
    }
  | { readonly type: 'found'; readonly id: number; readonly place: CodePlace }
  /** That look has ended; nothing more is found by it. */
  | { readonly type: 'over'; readonly id: number };

export interface CodeMeetingOptions {
  /** Wall-clock time, in ms since 1970, at a time of the machine. */
  epochAt(now: Millis): number;
  readonly random: Random;
}

interface Shown extends WaitsAt {
  readonly topic: Uint8Array;
}

interface Look {
  /** Of the slots around the present one. */
  readonly keys: readonly LanKeys[];
  readonly since: Millis;
  asked: number;
  /** Each with the address that announced it. One device may have two: of each family. */
  readonly places: (CodePlace & { readonly from: string })[];
}

export class CodeMeetings implements Machine<CodeMeetingInput, CodeMeetingOutput> {
  readonly #options: CodeMeetingOptions;
  #hosts: readonly string[] = [];
  readonly #shown = new Map<number, Shown>();
  readonly #looks = new Map<number, Look>();
  readonly #rounds: LanRounds;
  #second = { since: -Infinity, heard: 0, byHost: new Map<string, number>() };
  readonly stats: { heard: number; found: number; dropped: number } = {
    heard: 0,
    found: 0,
    dropped: 0,
  };

  constructor(options: CodeMeetingOptions) {
    this.#options = options;
    this.#rounds = new LanRounds(options.random, ROUND_MAX_MS);
  }

  get deadline(): Millis | undefined {
    const looks = [...this.#looks.values()].map(({ since, asked }) => dueAt(since, asked));
    const due = [this.#rounds.deadline, ...looks].filter((at) => at !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  step(
    input: CodeMeetingInput | { readonly type: 'timeout' },
    now: Millis,
  ): readonly CodeMeetingOutput[] {
    switch (input.type) {
      case 'interfaces':
        return this.#setHosts(input.hosts, now);
      case 'show':
        this.#shown.set(input.id, input);
        return this.#beginRounds(now);
      case 'hide':
        this.#shown.delete(input.id);
        return [];
      case 'look':
        return this.#look(input.id, input.topic, now);
      case 'stop':
        this.#looks.delete(input.id);
        return [];
      case 'query':
        if (this.#shown.size > 0) this.#rounds.asked(now);
        return [];
      case 'announcement':
        return this.#hear(input.bytes, input.from, now);
      case 'timeout':
        return this.#due(now);
    }
  }

  #setHosts(hosts: readonly string[], now: Millis): readonly CodeMeetingOutput[] {
    const added = hosts.filter((host) => !this.#hosts.includes(host));
    this.#hosts = hosts;
    if (added.length === 0) return [];
    const isLooking = this.#looks.size > 0;
    return [...this.#beginRounds(now), ...(isLooking ? added.map(questionBy) : [])];
  }

  #beginRounds(now: Millis): readonly CodeMeetingOutput[] {
    if (this.#shown.size === 0) return [];
    this.#rounds.begin(now);
    return this.#announce(now);
  }

  #announce(now: Millis): readonly CodeMeetingOutput[] {
    this.#rounds.told(now);
    const slot = this.#slotAt(now);
    const shown = [...this.#shown.values()];
    return this.#hosts.map((via) => ({
      type: 'send-announcements',
      via,
      announcements: shown.map(({ topic, port, key }) => {
        const nonce = this.#options.random.bytes(NONCE_LENGTH);
        return encodeCodeAnnouncement({ host: via, port, key }, lanKeys(topic, slot), nonce);
      }),
    }));
  }

  #look(id: number, topic: Uint8Array, now: Millis): readonly CodeMeetingOutput[] {
    const slot = this.#slotAt(now);
    const keys = [];
    for (let at = slot - SLOTS_BESIDE; at <= slot + SLOTS_BESIDE; at += 1)
      keys.push(lanKeys(topic, at));
    this.#looks.set(id, { keys, since: now, asked: 1, places: [] });
    return this.#hosts.map(questionBy);
  }

  #hear(bytes: Uint8Array, from: string, now: Millis): readonly CodeMeetingOutput[] {
    if (this.#looks.size === 0) return [];
    if (now >= this.#second.since + 1_000)
      this.#second = { since: now, heard: 0, byHost: new Map() };
    this.stats.heard += 1;
    const { byHost } = this.#second;
    const ofHost = (byHost.get(from) ?? 0) + 1;
    if (ofHost > HEARD_OF_HOST_PER_SECOND_MAX || this.#second.heard >= HEARD_PER_SECOND_MAX)
      return this.#drop();
    byHost.set(from, ofHost);
    this.#second.heard += 1;
    const tag = announcedCodeTag(bytes);
    return [...this.#looks].flatMap(([id, look]) => {
      const keys = look.keys.find(({ tagText }) => tagText === tag);
      return keys === undefined ? [] : this.#open(id, look, bytes, keys, from);
    });
  }

  #open(
    id: number,
    look: Look,
    bytes: Uint8Array,
    keys: LanKeys,
    from: string,
  ): readonly CodeMeetingOutput[] {
    const announced = decodeCodeAnnouncement(bytes, keys);
    const { places } = look;
    // who knows the place cannot send us to somebody on the internet
    const host = hostHere(announced.host, from);
    if (host === undefined) return this.#drop();
    const place: CodePlace = { ...announced, host };
    if (places.some((each) => isSame(each, place))) return [];
    const here = places.filter((each) => each.from === from).length;
    if (places.length >= CODE_PLACES_MAX || here >= CODE_PLACES_OF_HOST_MAX) return this.#drop();
    places.push({ ...place, from });
    this.stats.found += 1;
    return [{ type: 'found', id, place }];
  }

  #drop(): readonly CodeMeetingOutput[] {
    this.stats.dropped += 1;
    return [];
  }

  #due(now: Millis): readonly CodeMeetingOutput[] {
    const outputs: CodeMeetingOutput[] = [];
    for (const [id, look] of this.#looks) {
      if (now < dueAt(look.since, look.asked)) continue;
      if (look.asked >= QUESTIONS) {
        this.#looks.delete(id);
        outputs.push({ type: 'over', id });
      } else {
        look.asked += 1;
        outputs.push(...this.#hosts.map(questionBy));
      }
    }
    if (this.#shown.size === 0) this.#rounds.stop();
    else if (this.#rounds.take(now) !== undefined) outputs.push(...this.#announce(now));
    return outputs;
  }

  #slotAt(now: Millis): number {
    return slotAt(this.#options.epochAt(now));
  }
}

function isSame(one: CodePlace, other: CodePlace): boolean {
  return one.key === other.key && one.host === other.host && one.port === other.port;
}

function questionBy(via: string): CodeMeetingOutput {
  return { type: 'send-query', via };
}

/** The next question, or the end. */
function dueAt(since: Millis, asked: number): Millis {
  return since + Math.min(asked * QUESTION_EACH_MS, LOOK_MS);
}
