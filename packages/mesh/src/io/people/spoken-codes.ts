/** Spoken codes: those that this peer shows, and looking for the peer that shows one. What they carry is a link. */
import { decodeUtf8, encodeUtf8, LocalFault, PeerFault, sleep, TaskGroup } from '@coequal/base';
import type { Clock, Random, SlowHash } from '@coequal/base';
import { CODE_FAILURES_MAX, CODE_VALID_MS, formatCode } from '../../core/invite/spoken-code.ts';
import { newSpokenCode, passwordOf } from '../../core/invite/spoken-code.ts';
import type { SpokenCode } from '../../core/invite/spoken-code.ts';
import { topicOf } from './code-topic.ts';
import type { ByteStream } from './drive-stream.ts';
import { beginProof } from './proven-stream.ts';
import type { Proof } from './proven-stream.ts';
import type { Announced, MeetingReach, Rendezvous } from './rendezvous.ts';

const PURPOSE = 'invite/1';
const RECEIVED = encodeUtf8('received');
/** Of one code at a time: a friend, and a few who knock at any door. */
const VISITORS_AT_ONCE_MAX = 8;
/** Of one code: who knocks more often than a network has passers-by wants to keep us busy. */
const VISITORS_MAX = 200;
/** Codes that are shown at a time: a person says one after the other. */
const CODES_MAX = 5;
/** Looks at the place: an announcement needs some seconds to be found. */
const LOOKS_MAX = 6;
const LOOK_AGAIN_MS = 3_000;

export type CodeState = 'announcing' | 'open' | 'used' | 'expired' | 'burnt' | 'failed';

/** As it is shown. */
export interface ShownCode {
  readonly text: string;
  readonly state: CodeState;
  /** Milliseconds since 1970. */
  readonly validUntil: number;
  readonly wrongGuesses: number;
  readonly problem: string | undefined;
  /** From where somebody can come by it; undefined while that is not known. */
  readonly reach: MeetingReach | undefined;
}

interface Showing {
  readonly code: SpokenCode;
  readonly link: string;
  readonly validUntil: number;
  readonly abort: AbortController;
  readonly proofs: Set<Proof>;
  state: CodeState;
  wrongGuesses: number;
  visitors: number;
  problem: string | undefined;
  /** While it is. */
  announced: Announced | undefined;
}

export interface SpokenCodePorts {
  readonly rendezvous: Rendezvous;
  readonly slowHash: Pick<SlowHash, 'scrypt'>;
  readonly clock: Clock;
  readonly random: Random;
}

export class SpokenCodes implements AsyncDisposable {
  readonly #ports: SpokenCodePorts;
  readonly #onChange: () => void;
  readonly #tasks: TaskGroup;
  /** By id of the invitation. */
  readonly #showing = new Map<string, Showing>();

  constructor(ports: SpokenCodePorts, onChange: () => void, onFailure: (error: unknown) => void) {
    this.#ports = ports;
    this.#onChange = onChange;
    this.#tasks = new TaskGroup(onFailure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const showing of this.#showing.values()) this.#end(showing, 'expired');
    await this.#tasks[Symbol.asyncDispose]();
  }

  of(invitation: string): ShownCode | undefined {
    const showing = this.#showing.get(invitation);
    if (showing === undefined) return undefined;
    const { code, state, validUntil, wrongGuesses, problem, announced } = showing;
    const reach = announced?.reach;
    return { text: formatCode(code), state, validUntil, wrongGuesses, problem, reach };
  }

  /** A code for the link, from now on for ten minutes. Throws LocalFault `INVITATIONS_FULL`. */
  show(invitation: string, link: string): void {
    for (const [id, { state }] of this.#showing)
      if (state !== 'open' && state !== 'announcing' && this.#showing.size >= CODES_MAX)
        this.#showing.delete(id);
    if (this.#showing.size >= CODES_MAX)
      throw new LocalFault('INVITATIONS_FULL', { max: CODES_MAX });
    const showing: Showing = {
      code: newSpokenCode(this.#ports.random),
      link,
      validUntil: this.#ports.clock.epochNow() + CODE_VALID_MS,
      abort: new AbortController(),
      proofs: new Set(),
      state: 'announcing',
      wrongGuesses: 0,
      visitors: 0,
      problem: undefined,
      announced: undefined,
    };
    this.#showing.set(invitation, showing);
    this.#tasks.run((signal) =>
      this.#announce(showing, AbortSignal.any([signal, showing.abort.signal])),
    );
  }

  /** Nobody comes by it any more. */
  hide(invitation: string): void {
    const showing = this.#showing.get(invitation);
    if (showing !== undefined) this.#end(showing, 'expired');
    this.#showing.delete(invitation);
  }

  /** The link of whoever shows that code. Throws PeerFault `CODE_WRONG`, LocalFault `CODE_NOT_FOUND`, `NO_MEETING_PLACE`. */
  async find(code: SpokenCode, signal: AbortSignal): Promise<string> {
    const topic = await topicOf(code, this.#ports.slowHash);
    let guesses = 0;
    for (let look = 0; look < LOOKS_MAX; look++) {
      if (look > 0) await sleep(this.#ports.clock, LOOK_AGAIN_MS, signal);
      for await (const stream of this.#ports.rendezvous.find(topic, signal)) {
        const answer = await this.#ask(stream, code, signal);
        if (answer.type === 'link') return answer.link;
        if (answer.isGuessSpent) guesses += 1;
        // whoever sits at that place could guess, once each time: so not often
        if (guesses >= CODE_FAILURES_MAX) break;
      }
      if (guesses > 0) throw new PeerFault('CODE_WRONG');
    }
    throw new LocalFault('CODE_NOT_FOUND');
  }

  async #ask(
    stream: ByteStream,
    code: SpokenCode,
    signal: AbortSignal,
  ): Promise<{ type: 'link'; link: string } | { type: 'none'; isGuessSpent: boolean }> {
    const options = { role: 'initiator', password: passwordOf(code), purpose: PURPOSE } as const;
    const proof = beginProof(stream, options, this.#ports);
    try {
      const proven = await proof.proven;
      const link = decodeUtf8(await proven.hear(signal));
      if (link === undefined) throw new PeerFault('BAD_INVITATION');
      proven.say(RECEIVED);
      proven.end();
      return { type: 'link', link };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PeerFault || error instanceof LocalFault)) throw error;
      proof.close();
      return { type: 'none', isGuessSpent: proof.isGuessSpent() };
    }
  }

  async #announce(showing: Showing, signal: AbortSignal): Promise<void> {
    const { clock, rendezvous } = this.#ports;
    try {
      const topic = await topicOf(showing.code, this.#ports.slowHash);
      await using announced = await rendezvous.announce(
        topic,
        (stream) => this.#welcome(showing, stream, signal),
        signal,
      );
      showing.state = 'open';
      showing.announced = announced;
      this.#onChange();
      await sleep(clock, Math.max(0, showing.validUntil - clock.epochNow()), signal);
      this.#end(showing, 'expired');
    } catch (error) {
      if (showing.abort.signal.aborted) return;
      if (signal.aborted || !(error instanceof LocalFault)) throw error;
      showing.problem = error.code;
      this.#end(showing, 'failed');
    }
  }

  #welcome(showing: Showing, stream: ByteStream, signal: AbortSignal): void {
    showing.visitors += 1;
    const { state, proofs, visitors } = showing;
    const isWanted = state === 'open' || state === 'announcing';
    if (!isWanted || proofs.size >= VISITORS_AT_ONCE_MAX || visitors > VISITORS_MAX) {
      stream.close();
      return;
    }
    const password = passwordOf(showing.code);
    const proof = beginProof(
      stream,
      { role: 'responder', password, purpose: PURPOSE },
      this.#ports,
    );
    proofs.add(proof);
    this.#tasks.run(async () => {
      try {
        const proven = await proof.proven;
        proven.say(encodeUtf8(showing.link));
        await proven.hear(signal);
        this.#end(showing, 'used');
      } catch (error) {
        if (!(error instanceof PeerFault || error instanceof LocalFault || signal.aborted))
          throw error;
        if (proof.isGuessSpent()) this.#countGuess(showing);
      } finally {
        proofs.delete(proof);
        proof.close();
      }
    });
  }

  #countGuess(showing: Showing): void {
    showing.wrongGuesses += 1;
    if (showing.wrongGuesses >= CODE_FAILURES_MAX) this.#end(showing, 'burnt');
    this.#onChange();
  }

  #end(showing: Showing, state: CodeState): void {
    if (showing.state !== 'open' && showing.state !== 'announcing') return;
    showing.state = state;
    showing.announced = undefined;
    showing.abort.abort();
    for (const proof of showing.proofs) proof.close();
    this.#onChange();
  }
}
