/**
 * Whom of the contacts' devices to dial next, and when: soon after one was lost, ever less often while it stays away,
 * and over all so seldom that hundreds who are away cost little. Who comes back dials us, too. While nobody is here at
 * all it may be the network that is gone: then nothing is concluded of dials that fail, and they are made again once
 * somebody is here.
 */
import type { DeviceKey, Millis } from '@coequal/base';

/**
 * After a session ended, or a dial failed; then so much longer each time. The first is soon: of two that have just
 * become contacts one may not know it yet, and refuse.
 */
const REDIAL_MS: Millis = 250;
const REDIAL_GROWTH = 4;
/** Who was away for a day is not likely to come within the next minute: this part of the absence is waited. */
const REDIAL_PART = 0.5;
/** The longest for a few contacts, */
const REDIAL_LATEST_MS: Millis = 900_000;
/** and for many: in the long run somebody who is away is dialled once in so long. */
const REDIAL_EACH_MS: Millis = 20_000;
/**
 * A contact who says again and again that it passes on does not make this device dial all others each time: so long for
 * each device that is looked for, and at least
 */
const HELPED_EACH_MS: Millis = 5_000;
const HELPED_LEAST_MS: Millis = 10_000;

interface Entry {
  nextAt: Millis;
  failures: number;
  isDialling: boolean;
  /** The ways are others than when the dial began: if it fails, the next one is at once. */
  isHurried: boolean;
  /** It was dialled in vain while nobody was here. */
  isUncertain: boolean;
  /** When it was here for the last time, as far as is known. */
  seenAt: Millis;
}

export interface Wanted {
  readonly device: DeviceKey;
  /** On the clock of `now`; its person, on any device. -Infinity: never. */
  readonly seenAt: Millis;
}

export type NextDial =
  | { readonly type: 'dial'; readonly device: DeviceKey }
  /** Undefined: nobody is looked for. */
  | { readonly type: 'wait'; readonly until: Millis | undefined };

export class LookOut {
  readonly #entries = new Map<DeviceKey, Entry>();
  readonly #random: () => number;
  #helpedAt: Millis = -Infinity;
  #isHelpDue = false;
  #isAlone = true;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** All that are to be looked for, those that come first first; who is new is due at once. */
  want(all: readonly Wanted[], now: Millis): void {
    const wanted = new Set(all.map(({ device }) => device));
    for (const device of this.#entries.keys())
      if (!wanted.has(device)) this.#entries.delete(device);
    for (const { device, seenAt } of all)
      if (!this.#entries.has(device))
        this.#entries.set(device, {
          nextAt: now,
          failures: 0,
          isDialling: false,
          isHurried: false,
          isUncertain: false,
          seenAt,
        });
  }

  /** Of those that are due the one that has waited longest. */
  next(now: Millis, isHere: (device: DeviceKey) => boolean): NextDial {
    this.#helpIfDue(now);
    let first: DeviceKey | undefined;
    let until: Millis | undefined = this.#isHelpDue ? this.#helpAt : undefined;
    let firstAt: Millis = now;
    for (const [device, { isDialling, nextAt }] of this.#entries) {
      if (isDialling || isHere(device)) continue;
      if (nextAt > now) until = Math.min(until ?? nextAt, nextAt);
      else if (first === undefined || nextAt < firstAt) [first, firstAt] = [device, nextAt];
    }
    return first === undefined ? { type: 'wait', until } : { type: 'dial', device: first };
  }

  began(device: DeviceKey): void {
    const entry = this.#entries.get(device);
    if (entry === undefined) return;
    entry.isDialling = true;
    entry.isHurried = false;
  }

  ended(device: DeviceKey, hasFailed: boolean, now: Millis): void {
    const entry = this.#entries.get(device);
    if (entry === undefined) return;
    entry.isDialling = false;
    if (!hasFailed) return;
    entry.isUncertain = this.#isAlone;
    if (!entry.isHurried) this.#later(entry, entry.failures + 1, now);
  }

  /** It is here. */
  met(now: Millis): void {
    if (!this.#isAlone) return;
    this.#isAlone = false;
    for (const entry of this.#entries.values())
      if (entry.isUncertain) entry.nextAt = Math.min(entry.nextAt, now);
  }

  /** It is not here any more. `wasSteady`: that it was here was no accident. */
  left(device: DeviceKey, wasSteady: boolean, isAlone: boolean, now: Millis): void {
    this.#isAlone = isAlone;
    const entry = this.#entries.get(device);
    if (entry === undefined) return;
    entry.seenAt = now;
    this.#later(entry, wasSteady ? 0 : entry.failures + 1, now);
  }

  /** The network is another, or the computer was asleep, or the device was heard: it, or all, are tried at once. */
  hurry(now: Millis, device?: DeviceKey): void {
    for (const [each, entry] of this.#entries)
      if (device === undefined || each === device) hurry(entry, now);
  }

  /** One who passes on is there: by it others can be reached who could not be before. Each is dialled once. */
  helped(): void {
    this.#isHelpDue = true;
  }

  get #helpAt(): Millis {
    return this.#helpedAt + Math.max(HELPED_LEAST_MS, this.#entries.size * HELPED_EACH_MS);
  }

  #helpIfDue(now: Millis): void {
    if (!this.#isHelpDue || now < this.#helpAt) return;
    this.#isHelpDue = false;
    this.#helpedAt = now;
    for (const entry of this.#entries.values()) {
      entry.nextAt = Math.min(entry.nextAt, now);
      entry.isHurried = entry.isDialling;
    }
  }

  #later(entry: Entry, failures: number, now: Millis): void {
    const latest = Math.max(REDIAL_LATEST_MS, this.#entries.size * REDIAL_EACH_MS);
    const grown = REDIAL_MS * REDIAL_GROWTH ** Math.min(failures, 20);
    const part = this.#isAlone ? 0 : (now - entry.seenAt) * REDIAL_PART;
    const wait = Math.min(latest, Math.max(grown, part));
    entry.failures = failures;
    entry.nextAt = now + wait * (0.75 + this.#random() / 2);
  }
}

function hurry(entry: Entry, now: Millis): void {
  entry.nextAt = Math.min(entry.nextAt, now);
  entry.failures = 0;
  entry.isHurried = entry.isDialling;
}
