/** What another device may do to us over its links, by who it is to us and what they are for. */
import type { DeviceKey, Lane, Millis } from '@coequal/base';
import type { SessionLimits } from '../../core/session/session.ts';

/** `stranger`: only protocols that are accepted from anyone. `refused`: not even a connection. */
export type AdmissionLevel = 'contact' | 'stranger' | 'refused';

export interface Admission {
  levelOf(device: DeviceKey): AdmissionLevel;
}

/** Contacts that talk: a stream for each thing under way, and short messages in all of them. */
const TALK_LIMITS: SessionLimits = {
  streamsMax: 128,
  window: 32_768,
  windowMax: 262_144,
  growthMax: 2_097_152,
};

/** Files: fewer streams, windows that carry 800 Mbit/s over 40 ms. */
const BULK_LIMITS: SessionLimits = {
  streamsMax: 64,
  window: 131_072,
  windowMax: 4_194_304,
  growthMax: 8_388_608,
};

/** Whoever is not a contact answers an invitation, or pairs: a few short messages. */
const STRANGER_LIMITS: SessionLimits = {
  streamsMax: 4,
  window: 16_384,
  windowMax: 16_384,
  growthMax: 0,
};

/** Frames a second that are short or no data; beyond them nothing is read from that device for a while. */
const CONTACT_FRAMES_PER_SECOND_MAX = 20_000;
const STRANGER_FRAMES_PER_SECOND_MAX = 50;

/** A lane of talk that nobody uses is closed after so long, of bulk sooner: it is opened again in a second. */
const IDLE_MS: Readonly<Record<Lane, Millis>> = { talk: 300_000, bulk: 60_000 };
const STRANGER_IDLE_MS: Millis = 20_000;

export function sessionLimits(level: AdmissionLevel, lane: Lane): SessionLimits {
  if (level !== 'contact') return STRANGER_LIMITS;
  return lane === 'talk' ? TALK_LIMITS : BULK_LIMITS;
}

export function framesPerSecondMax(level: AdmissionLevel): number {
  return level === 'contact' ? CONTACT_FRAMES_PER_SECOND_MAX : STRANGER_FRAMES_PER_SECOND_MAX;
}

export function idleMs(level: AdmissionLevel, lane: Lane): Millis {
  return level === 'contact' ? IDLE_MS[lane] : STRANGER_IDLE_MS;
}
