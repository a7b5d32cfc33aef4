/** The side of an invitation that made it: lets in who proves it, or says why not, and is closed to strangers otherwise. */
import { LocalFault, PeerFault } from '@coequal/base';
import type {
  Cancel,
  Clock,
  DeviceKey,
  Ed25519,
  Links,
  LinkStream,
  Millis,
  Random,
} from '@coequal/base';
import type { Database } from '@coequal/base/database';
import { InviteHost } from '../../core/invite/invite-host.ts';
import type { HostInput, HostOutput, InviteSelf } from '../../core/invite/invite-host.ts';
import { INVITATION_SECRET_LENGTH } from '../../core/invite/invitation-link.ts';
import { INVITE_NONCE_LENGTH, INVITE_PROTOCOL } from '../../core/invite/invite-wire.ts';
import type { ContactBook } from './contact-book.ts';
import { driveStream } from './drive-stream.ts';
import type { Driven } from './drive-stream.ts';
import type { InvitationBook, InvitationRecord } from './invitation-book.ts';

/** Strangers at a time. */
const INVITE_STREAMS_MAX = 16;
/** Of one device within ATTEMPTS_WITHIN_MS: a newcomer tries again when the line breaks. */
const ATTEMPTS_MAX = 20;
const ATTEMPTS_WITHIN_MS = 600_000;
/** Devices whose attempts are counted: who has more keys has no more of anything else. */
const COUNTED_DEVICES_MAX = 1_000;

export interface DoorPorts {
  readonly links: Links;
  readonly database: Database;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly random: Random;
  self(): InviteSelf;
  /** Both sides have each other, or only this one yet. */
  onJoined(invitation: InvitationRecord, device: DeviceKey): void;
  /** One who joined has said all: from now on, and not before, it knows this side for a contact. */
  onSettled(): void;
}

export class InviteDoor implements Disposable {
  readonly #ports: DoorPorts;
  readonly #contacts: ContactBook;
  readonly #invitations: InvitationBook;
  readonly #attempts = new Map<DeviceKey, { count: number; readonly since: Millis }>();
  readonly #visits = new Map<DeviceKey, Driven<HostInput>>();
  /** Of those that visit. */
  readonly #joined = new Set<DeviceKey>();
  #listening: Cancel | undefined;

  constructor(ports: DoorPorts, contacts: ContactBook, invitations: InvitationBook) {
    this.#ports = ports;
    this.#contacts = contacts;
    this.#invitations = invitations;
    this.refresh();
  }

  [Symbol.dispose](): void {
    this.#listening?.();
    this.#listening = undefined;
    this.#joined.clear();
    for (const visit of this.#visits.values()) visit.close();
  }

  /** After an invitation came or went. */
  refresh(): void {
    const isWanted = this.#invitations.isAnyAnswered(this.#ports.clock.epochNow());
    if (isWanted === (this.#listening !== undefined)) return;
    this.#listening?.();
    this.#listening = isWanted
      ? this.#ports.links.accept(
          INVITE_PROTOCOL,
          (stream, from) => this.#meet(stream, from),
          'anyone',
        )
      : undefined;
  }

  #meet(stream: LinkStream, from: DeviceKey): void {
    this.refresh();
    if (this.#listening === undefined || !this.#mayTry(from)) {
      stream.close();
      return;
    }
    const { clock, random, ed25519 } = this.#ports;
    const nonce = random.bytes(INVITE_NONCE_LENGTH).slice();
    const machine = new InviteHost(this.#ports.self(), from, nonce, ed25519, clock.now());
    // one that came again lost the one before
    this.#visits.get(from)?.close();
    const visit = driveStream(machine, stream, clock, (output) => this.#take(output, from));
    this.#visits.set(from, visit);
    void visit.closed.then(() => {
      if (this.#visits.get(from) !== visit) return;
      this.#visits.delete(from);
      if (this.#joined.delete(from)) this.#ports.onSettled();
    });
  }

  #mayTry(from: DeviceKey): boolean {
    if (this.#visits.size >= INVITE_STREAMS_MAX && !this.#visits.has(from)) return false;
    const now = this.#ports.clock.now();
    const known = this.#attempts.get(from);
    if (known !== undefined && now < known.since + ATTEMPTS_WITHIN_MS) {
      known.count += 1;
      return known.count <= ATTEMPTS_MAX;
    }
    this.#attempts.delete(from);
    const [oldest] = this.#attempts.keys();
    if (this.#attempts.size >= COUNTED_DEVICES_MAX && oldest !== undefined)
      this.#attempts.delete(oldest);
    this.#attempts.set(from, { count: 1, since: now });
    return true;
  }

  #take(output: HostOutput, from: DeviceKey): HostInput[] {
    const now = this.#ports.clock.epochNow();
    switch (output.type) {
      case 'look': {
        // who guesses cannot tell one that is not there from one that is: nobody proves a secret that nobody has
        const decoy = this.#ports.random.bytes(INVITATION_SECRET_LENGTH).slice();
        const secret = this.#invitations.secretOf(output.id, now) ?? decoy;
        return [{ type: 'found', secret }];
      }
      case 'join':
        return [this.#join(output, from, now)];
      case 'confirmed':
        this.#invitations.confirm(output.id, output.person);
        this.refresh();
        return [];
      case 'send':
      case 'end':
      case 'close':
        return [];
    }
  }

  /** Contact and use of the invitation are on disk together, or neither is, before anything is answered. */
  #join({ id, guest }: HostOutput & { type: 'join' }, from: DeviceKey, now: number): HostInput {
    const { person } = guest.list;
    try {
      const state = this.#contacts.change(person, () => {
        const isContact = this.#contacts.get(person) !== undefined;
        const comer = { person, name: guest.name, isContact };
        const found = this.#invitations.use(id, comer, now);
        if (found === 'open')
          this.#contacts.arrive({ introduction: guest, speaker: from, at: now, isOwnWish: false });
        return found;
      });
      if (state !== 'open') return { type: 'refuse', why: state ?? 'unknown' };
    } catch (error) {
      if (error instanceof LocalFault && error.code === 'CONTACTS_FULL')
        return { type: 'refuse', why: 'full' };
      if (error instanceof PeerFault && error.code === 'CONTACT_BLOCKED')
        return { type: 'refuse', why: 'revoked' }; // for them it is, and they hear no more than others do
      throw error;
    }
    this.#joined.add(from);
    const invitation = this.#invitations.get(id, now);
    if (invitation !== undefined) this.#ports.onJoined(invitation, from);
    return { type: 'stored' };
  }
}
