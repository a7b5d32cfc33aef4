/** `invite/1`, the side that has the link: tells nobody who it is before they proved that they made the invitation. */
import { PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519, Machine, Millis } from '@coequal/base';
import { encodeFrame, FrameBuffer } from '../frame-buffer.ts';
import { certifiedDevice, decodeDeviceList } from '../identity/device-list.ts';
import { isSameTag } from './cpace.ts';
import type { InvitationLink } from './invitation-link.ts';
import { INVITE_TIMEOUT_MS } from './invite-host.ts';
import type { Introduction, InviteSelf } from './invite-host.ts';
import {
  decodeInviteMessage,
  encodeInviteMessage,
  INVITE_FRAME_LENGTH_MAX,
} from './invite-wire.ts';
import { invitationIdOf, proofOf } from './invite-wire.ts';
import type { InviteMessage, ProofOf, Refusal } from './invite-wire.ts';

export type GuestInput =
  | { readonly type: 'begin' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** The answer to `welcomed`: they are a contact here, for good. */
  | { readonly type: 'stored' };

export type GuestOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** They made the invitation, and are told who we are. */
  | { readonly type: 'greeted' }
  | { readonly type: 'welcomed'; readonly host: Introduction }
  | { readonly type: 'end' }
  | { readonly type: 'close'; readonly reason: PeerFault };

type State = 'new' | 'asked' | 'joining' | 'welcomed' | 'ended';

const CODE_OF_REFUSAL: Readonly<Record<Refusal, string>> = {
  unknown: 'INVITATION_REFUSED',
  full: 'THEY_ARE_FULL',
  busy: 'THEY_ARE_BUSY',
  used: 'INVITATION_USED',
  revoked: 'INVITATION_REVOKED',
  expired: 'INVITATION_EXPIRED',
};

export class InviteGuest implements Machine<GuestInput, GuestOutput> {
  readonly #self: InviteSelf;
  readonly #link: InvitationLink;
  readonly #host: DeviceKey;
  readonly #nonce: Uint8Array;
  readonly #ed25519: Ed25519;
  readonly #since: Millis;
  readonly #buffer = new FrameBuffer(INVITE_FRAME_LENGTH_MAX);
  #state: State = 'new';

  /** `host` is one of the link's devices, proven by the stream; `nonce` is random and of this meeting alone. */
  constructor(
    self: InviteSelf,
    { link, host }: { readonly link: InvitationLink; readonly host: DeviceKey },
    nonce: Uint8Array,
    ed25519: Ed25519,
    now: Millis,
  ) {
    this.#self = self;
    this.#link = link;
    this.#host = host;
    this.#nonce = nonce;
    this.#ed25519 = ed25519;
    this.#since = now;
  }

  get deadline(): Millis | undefined {
    return this.#state === 'ended' ? undefined : this.#since + INVITE_TIMEOUT_MS;
  }

  step(input: GuestInput | { readonly type: 'timeout' }, now: Millis): GuestOutput[] {
    switch (input.type) {
      case 'timeout':
        return now < this.#since + INVITE_TIMEOUT_MS
          ? []
          : this.#fail(new PeerFault('INVITE_TIMEOUT'));
      case 'begin':
        if (this.#state !== 'new') return [];
        this.#state = 'asked';
        return [send({ type: 'hello', id: invitationIdOf(this.#link.secret), nonce: this.#nonce })];
      case 'stored':
        if (this.#state !== 'welcomed') return [];
        this.#state = 'ended';
        return [send({ type: 'done' }), { type: 'end' }];
      case 'bytes':
        return this.#guarded(() =>
          this.#buffer.take(input.bytes).flatMap((frame) => this.#take(decodeInviteMessage(frame))),
        );
    }
  }

  #take(message: InviteMessage): GuestOutput[] {
    if (this.#state === 'ended') return [];
    if (message.type === 'refused') throw new PeerFault(CODE_OF_REFUSAL[message.why]);
    if (message.type === 'challenge' && this.#state === 'asked')
      return this.#join(message.nonce, message.proof);
    if (message.type === 'welcome' && this.#state === 'joining') {
      const list = decodeDeviceList(message.list, this.#ed25519);
      if (list.person !== this.#link.person) throw new PeerFault('WRONG_INVITER');
      certifiedDevice(list, this.#host);
      this.#state = 'welcomed';
      const host = { list, encodedList: message.list.slice(), name: message.name };
      return [{ type: 'welcomed', host }];
    }
    throw new PeerFault('BAD_FRAME', { type: message.type });
  }

  #join(hostNonce: Uint8Array, proof: Uint8Array): GuestOutput[] {
    const of: ProofOf = {
      secret: this.#link.secret,
      host: this.#host,
      guest: this.#self.device,
      hostNonce: hostNonce.slice(),
      guestNonce: this.#nonce,
    };
    // whoever made the link up, or a device that has not heard of the invitation, or has forgotten it
    if (!isSameTag(proof, proofOf('host', of))) throw new PeerFault('INVITATION_UNKNOWN');
    this.#state = 'joining';
    const { name, encodedList } = this.#self;
    return [
      { type: 'greeted' },
      send({ type: 'join', proof: proofOf('guest', of), name, list: encodedList }),
    ];
  }

  #guarded(work: () => GuestOutput[]): GuestOutput[] {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      return this.#fail(error);
    }
  }

  #fail(reason: PeerFault): GuestOutput[] {
    if (this.#state === 'ended') return [];
    this.#state = 'ended';
    return [{ type: 'close', reason }];
  }
}

function send(message: InviteMessage): GuestOutput {
  return { type: 'send', bytes: encodeFrame(encodeInviteMessage(message)) };
}
