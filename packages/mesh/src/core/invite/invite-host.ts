/**
 * `invite/1`, the side that made the invitation: it is asked once for the secret, and once whether to let them in. Nothing
 * that a guest hears before they proved the secret depends on whether there is such an invitation, or what became of it.
 */
import { formatHex, PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519, Machine, Millis } from '@coequal/base';
import { encodeFrame, FrameBuffer } from '../frame-buffer.ts';
import { certifiedDevice, decodeDeviceList } from '../identity/device-list.ts';
import type { DeviceList } from '../identity/device-list.ts';
import type { PersonKey } from '../identity/person-key.ts';
import { isSameTag } from './cpace.ts';
import {
  decodeInviteMessage,
  encodeInviteMessage,
  INVITE_FRAME_LENGTH_MAX,
} from './invite-wire.ts';
import { proofOf } from './invite-wire.ts';
import type { InviteMessage, ProofOf, Refusal } from './invite-wire.ts';

/** Both sides answer by themselves: half a minute is for a bad line. */
export const INVITE_TIMEOUT_MS = 30_000;

/** Who somebody says to be, with all that proves it. */
export interface Introduction {
  readonly list: DeviceList;
  readonly encodedList: Uint8Array;
  readonly name: string;
}

export interface InviteSelf {
  readonly person: PersonKey;
  readonly device: DeviceKey;
  readonly name: string;
  readonly encodedList: Uint8Array;
}

export type HostInput =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** The answer to `look`: where there is no such invitation a random secret, which nobody can prove. */
  | { readonly type: 'found'; readonly secret: Uint8Array }
  /** The answers to `join`. */
  | { readonly type: 'stored' }
  | { readonly type: 'refuse'; readonly why: Refusal };

export type HostOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** 16 hexadecimal digits. */
  | { readonly type: 'look'; readonly id: string }
  | { readonly type: 'join'; readonly id: string; readonly guest: Introduction }
  /** They have us, too. */
  | { readonly type: 'confirmed'; readonly id: string; readonly person: PersonKey }
  | { readonly type: 'end' }
  | { readonly type: 'close'; readonly reason: PeerFault };

type State =
  | { readonly type: 'new' }
  | { readonly type: 'looking'; readonly id: string; readonly guestNonce: Uint8Array }
  | { readonly type: 'challenged'; readonly id: string; readonly proof: ProofOf }
  | { readonly type: 'joining'; readonly id: string; readonly person: PersonKey }
  | { readonly type: 'welcomed'; readonly id: string; readonly person: PersonKey }
  | { readonly type: 'ended' };

export class InviteHost implements Machine<HostInput, HostOutput> {
  readonly #self: InviteSelf;
  readonly #guest: DeviceKey;
  readonly #nonce: Uint8Array;
  readonly #ed25519: Ed25519;
  readonly #since: Millis;
  readonly #buffer = new FrameBuffer(INVITE_FRAME_LENGTH_MAX);
  #state: State = { type: 'new' };

  /** `nonce` is random and of this meeting alone. */
  constructor(
    self: InviteSelf,
    guest: DeviceKey,
    nonce: Uint8Array,
    ed25519: Ed25519,
    now: Millis,
  ) {
    this.#self = self;
    this.#guest = guest;
    this.#nonce = nonce;
    this.#ed25519 = ed25519;
    this.#since = now;
  }

  get deadline(): Millis | undefined {
    return this.#state.type === 'ended' ? undefined : this.#since + INVITE_TIMEOUT_MS;
  }

  step(input: HostInput | { readonly type: 'timeout' }, now: Millis): HostOutput[] {
    const state = this.#state;
    switch (input.type) {
      case 'timeout':
        return now < this.#since + INVITE_TIMEOUT_MS
          ? []
          : this.#fail(new PeerFault('INVITE_TIMEOUT'));
      case 'found':
        return state.type === 'looking' ? this.#challenge(state, input.secret) : [];
      case 'stored':
        return state.type === 'joining' ? this.#welcome(state) : [];
      case 'refuse':
        if (state.type !== 'joining') return [];
        this.#state = { type: 'ended' };
        return [send({ type: 'refused', why: input.why }), { type: 'end' }];
      case 'bytes':
        return this.#guarded(() =>
          this.#buffer.take(input.bytes).flatMap((frame) => this.#take(decodeInviteMessage(frame))),
        );
    }
  }

  #take(message: InviteMessage): HostOutput[] {
    const state = this.#state;
    if (state.type === 'ended') return [];
    if (message.type === 'hello' && state.type === 'new') {
      const id = formatHex(message.id);
      this.#state = { type: 'looking', id, guestNonce: message.nonce.slice() };
      return [{ type: 'look', id }];
    }
    if (message.type === 'join' && state.type === 'challenged') {
      if (!isSameTag(message.proof, proofOf('guest', state.proof)))
        throw new PeerFault('WRONG_PROOF');
      const list = decodeDeviceList(message.list, this.#ed25519);
      certifiedDevice(list, this.#guest);
      if (list.person === this.#self.person) throw new PeerFault('OWN_INVITATION');
      this.#state = { type: 'joining', id: state.id, person: list.person };
      const guest = { list, encodedList: message.list.slice(), name: message.name };
      return [{ type: 'join', id: state.id, guest }];
    }
    if (message.type === 'done' && state.type === 'welcomed') {
      this.#state = { type: 'ended' };
      return [{ type: 'confirmed', id: state.id, person: state.person }, { type: 'end' }];
    }
    throw new PeerFault('BAD_FRAME', { type: message.type });
  }

  #challenge(state: State & { type: 'looking' }, secret: Uint8Array): HostOutput[] {
    const proof: ProofOf = {
      secret,
      host: this.#self.device,
      guest: this.#guest,
      hostNonce: this.#nonce,
      guestNonce: state.guestNonce,
    };
    this.#state = { type: 'challenged', id: state.id, proof };
    return [send({ type: 'challenge', nonce: this.#nonce, proof: proofOf('host', proof) })];
  }

  #welcome({ id, person }: State & { type: 'joining' }): HostOutput[] {
    this.#state = { type: 'welcomed', id, person };
    return [send({ type: 'welcome', name: this.#self.name, list: this.#self.encodedList })];
  }

  #guarded(work: () => HostOutput[]): HostOutput[] {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      return this.#fail(error);
    }
  }

  #fail(reason: PeerFault): HostOutput[] {
    if (this.#state.type === 'ended') return [];
    this.#state = { type: 'ended' };
    return [{ type: 'close', reason }];
  }
}

function send(message: InviteMessage): HostOutput {
  return { type: 'send', bytes: encodeFrame(encodeInviteMessage(message)) };
}
