/** A code by which a new device of the same person finds an old one, and both prove to each other that they have it. */
import { isAbort, LocalFault, PeerFault, sleep } from '@coequal/base';
import type { Clock, Random, SlowHash } from '@coequal/base';
import {
  CODE_FAILURES_MAX,
  formatCode,
  newSpokenCode,
  parseCode,
  passwordOf,
} from '../../core/invite/spoken-code.ts';
import type { SpokenCode } from '../../core/invite/spoken-code.ts';
import type { ProvenChannel } from '../identity/pair-devices.ts';
import { topicOf } from './code-topic.ts';
import type { ByteStream } from './drive-stream.ts';
import { beginProof } from './proven-stream.ts';
import type { Proof, ProvenStream } from './proven-stream.ts';
import type { MeetingReach, Rendezvous } from './rendezvous.ts';

/** A code for a contact is none for a device. */
const PURPOSE = 'pair/1';
/** Looks at the place: an announcement needs some seconds to be found. */
const LOOKS_MAX = 4;
const LOOK_AGAIN_MS = 3_000;
/** Whoever comes to the place at a time; a guess takes a second. */
const VISITORS_AT_ONCE_MAX = 4;

export interface PairCodePorts {
  readonly rendezvous: Rendezvous;
  readonly slowHash: Pick<SlowHash, 'scrypt'>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface OfferedCode {
  readonly code: string;
  /** From where somebody can come by it; undefined while that is not known. */
  readonly reach: MeetingReach | undefined;
  /**
   * Whoever proved to have it. Rejects with PeerFault `CODE_BURNT` after three wrong guesses, or the signal's reason;
   * from either on nobody is let in.
   */
  readonly channel: Promise<ProvenChannel>;
}

/** Resolves when others find it. Rejects with LocalFault `RENDEZVOUS_FAILED`, `NO_MEETING_PLACE`, or the signal's reason. */
export async function offerPairCode(
  ports: PairCodePorts,
  signal: AbortSignal,
): Promise<OfferedCode> {
  const code = newSpokenCode(ports.random);
  const topic = await topicOf(code, ports.slowHash);
  const { promise: channel, resolve, reject } = Promise.withResolvers<ProvenChannel>();
  const proofs = new Set<Proof>();
  let wrong = 0;
  let isOver = false;
  const welcome = async (stream: ByteStream): Promise<void> => {
    const proof = beginProof(stream, optionsOf('responder', code), ports);
    proofs.add(proof);
    try {
      const proven = await proof.proven;
      if (isOver) throw new LocalFault('PAIRING_ENDED');
      resolve(channelOf(proven, proof));
    } catch (error) {
      proof.close();
      if (!(error instanceof PeerFault || error instanceof LocalFault)) throw error;
      if (proof.isGuessSpent()) wrong += 1;
      if (wrong >= CODE_FAILURES_MAX) reject(new PeerFault('CODE_BURNT'));
    } finally {
      proofs.delete(proof);
    }
  };
  const announced = await ports.rendezvous.announce(
    topic,
    (stream) => {
      if (isOver || proofs.size >= VISITORS_AT_ONCE_MAX) stream.close();
      else welcome(stream).catch(reject);
    },
    signal,
  );
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const end = async (): Promise<void> => {
    isOver = true;
    await announced[Symbol.asyncDispose]();
  };
  // the one who came keeps their stream: it is over that the rest is said
  channel.then(
    () => signal.addEventListener('abort', () => void end(), { once: true }),
    () => void end(),
  );
  return {
    code: formatCode(code),
    get reach() {
      return announced.reach;
    },
    channel,
  };
}

/** Rejects with LocalFault `BAD_CODE`, `CODE_NOT_FOUND` or `NO_MEETING_PLACE`, PeerFault `CODE_WRONG`, or the signal's reason. */
export async function findPairCode(
  text: string,
  ports: PairCodePorts,
  signal: AbortSignal,
): Promise<ProvenChannel> {
  const code = parseCode(text);
  const topic = await topicOf(code, ports.slowHash);
  for (let look = 0; look < LOOKS_MAX; look++) {
    if (look > 0) await sleep(ports.clock, LOOK_AGAIN_MS, signal);
    for await (const stream of ports.rendezvous.find(topic, signal)) {
      const proof = beginProof(stream, optionsOf('initiator', code), ports);
      try {
        return channelOf(await proof.proven, proof);
      } catch (error) {
        proof.close();
        if (isAbort(error, signal)) throw error;
        if (!(error instanceof PeerFault || error instanceof LocalFault)) throw error;
        // whoever sits at that place could guess, once each time
        if (proof.isGuessSpent()) throw new PeerFault('CODE_WRONG', {}, { cause: error });
      }
    }
  }
  throw new LocalFault('CODE_NOT_FOUND');
}

function channelOf(proven: ProvenStream, proof: Proof): ProvenChannel {
  return {
    confirmCode: proof.confirmCode() ?? '',
    send: (message) => proven.say(message),
    receive: (signal) => proven.hear(signal),
  };
}

function optionsOf(
  role: 'initiator' | 'responder',
  code: SpokenCode,
): Parameters<typeof beginProof>[1] {
  return { role, password: passwordOf(code), purpose: PURPOSE };
}
