/** The side that has a link: asks its devices again and again until both sides have each other, also after a restart. */
import { formatHex, LocalFault, PeerFault, sleep, TaskGroup, untilAborted } from '@coequal/base';
import type { Clock, DeviceKey, Ed25519, Links, Random } from '@coequal/base';
import { InviteGuest } from '../../core/invite/invite-guest.ts';
import type { GuestInput, GuestOutput } from '../../core/invite/invite-guest.ts';
import type { Introduction, InviteSelf } from '../../core/invite/invite-host.ts';
import { placesOfGuest } from '../../core/invite/invitation-helpers.ts';
import { parseInvitation, requireValid } from '../../core/invite/invitation-link.ts';
import type { GiftLabel, InvitationLink } from '../../core/invite/invitation-link.ts';
import {
  INVITE_NONCE_LENGTH,
  INVITE_PROTOCOL,
  invitationIdOf,
} from '../../core/invite/invite-wire.ts';
import type { AddressStore } from './address-store.ts';
import type { ContactBook } from './contact-book.ts';
import { driveStream } from './drive-stream.ts';
import type { Driven } from './drive-stream.ts';
import type { HelperStore } from './helper-store.ts';
import type { AcceptanceRecord, InvitationBook } from './invitation-book.ts';

/** Between two tries: the first soon, in the end seldom. */
const RETRY_MS = 5_000;
const RETRY_LATEST_MS = 600_000;
/** To find a device and be answered by it; it may be in another land, behind two routers. */
const TRY_TIMEOUT_MS = 60_000;

/** What who proved to have made it says of an invitation: no other device of theirs knows better. */
const ENDED: ReadonlySet<string> = new Set([
  'INVITATION_USED',
  'INVITATION_REVOKED',
  'INVITATION_EXPIRED',
]);
/** Of one device: it may only not have heard of it yet from that which made it. */
const UNKNOWN: ReadonlySet<string> = new Set(['INVITATION_UNKNOWN', 'INVITATION_REFUSED']);
/** After these there is nothing to hope for. */
const FINAL: ReadonlySet<string> = new Set([
  ...ENDED,
  ...UNKNOWN,
  'WRONG_INVITER',
  'OWN_INVITATION',
  'BAD_SIGNATURE',
  'BAD_DEVICE_LIST',
  'DEVICE_NOT_CERTIFIED',
  'DEVICE_REVOKED',
  'FORKED_DEVICE_LIST',
  'REVOKED_CAME_BACK',
  'CONTACTS_FULL',
]);

export interface AcceptancePorts {
  readonly links: Links;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly random: Random;
  self(): InviteSelf;
  onChange(): void;
  onJoined(device: DeviceKey): void;
  onFailure(error: unknown): void;
}

export interface AcceptanceView extends AcceptanceRecord {
  /** They are in touch now. */
  readonly isGreeting: boolean;
  /** What waits behind it, as the link says. */
  readonly gift: GiftLabel | undefined;
}

export class Acceptances implements AsyncDisposable {
  readonly #ports: AcceptancePorts;
  readonly #contacts: ContactBook;
  readonly #book: InvitationBook;
  readonly #addresses: AddressStore;
  readonly #helpers: HelperStore;
  readonly #tasks: TaskGroup;
  readonly #running = new Map<string, AbortController>();
  readonly #greeting = new Set<string>();

  /** Those that were open when the peer ended go on. */
  constructor(
    ports: AcceptancePorts,
    contacts: ContactBook,
    book: InvitationBook,
    addresses: AddressStore,
    helpers: HelperStore,
  ) {
    this.#ports = ports;
    this.#contacts = contacts;
    this.#book = book;
    this.#addresses = addresses;
    this.#helpers = helpers;
    this.#tasks = new TaskGroup((error) => ports.onFailure(error));
    for (const { id, link, state } of book.acceptances()) {
      if (state === 'open') this.#run(id, parseInvitation(link));
      if (state === 'done') this.#hintHelpers(parseInvitation(link));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  all(): AcceptanceView[] {
    return this.#book.acceptances().map((record) => ({
      ...record,
      isGreeting: this.#greeting.has(record.id),
      gift: parseInvitation(record.link).gift,
    }));
  }

  /** Also one that is done: it makes sure that both sides know. Throws LocalFault, as the routes say. */
  accept(link: InvitationLink, text: string, id: string = idOf(link)): string {
    const { clock } = this.#ports;
    requireValid(link, clock.epochNow());
    const self = this.#ports.self();
    if (link.person === self.person) throw new LocalFault('OWN_INVITATION');
    if (this.#contacts.get(link.person) === undefined) this.#contacts.requireRoom();
    if (this.#running.has(id)) return id;
    this.#book.beginAcceptance(id, text, link.name, clock.epochNow());
    this.#run(id, link);
    return id;
  }

  /** Whether there was one. */
  forget(id: string): boolean {
    this.#running.get(id)?.abort();
    return this.#book.forget(id);
  }

  #run(id: string, link: InvitationLink): void {
    const abort = new AbortController();
    this.#running.set(id, abort);
    this.#addresses.hint(link.devices, link.addresses);
    this.#hintHelpers(link);
    this.#tasks.run(async (signal) => {
      let isDone = false;
      try {
        isDone = await this.#tryOften(id, link, AbortSignal.any([signal, abort.signal]));
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        if (this.#running.get(id) === abort) this.#running.delete(id);
        this.#addresses.forgetHints(link.devices);
        if (!isDone) this.#helpers.forgetHints(link.devices);
        this.#ports.onChange();
      }
    });
  }

  /** Also once it is done: the line may break before the new contact has said itself where it can be called. */
  #hintHelpers({ devices: [first], helpers, validUntil }: InvitationLink): void {
    if (first === undefined || helpers.length === 0) return;
    const { device } = this.#ports.self();
    this.#helpers.hint(first, placesOfGuest(helpers, validUntil, device));
  }

  /** Whether they let us in. */
  async #tryOften(id: string, link: InvitationLink, signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#ports;
    for (let wait = RETRY_MS; ; wait = Math.min(wait * 2, RETRY_LATEST_MS)) {
      const problem = await this.#tryAll(id, link, signal);
      if (problem === undefined) return true;
      const isOver = link.validUntil * 1_000 <= clock.epochNow();
      if (FINAL.has(problem) || isOver) {
        this.#book.endAcceptance(id, 'failed', isOver ? 'INVITATION_EXPIRED' : problem);
        return false;
      }
      this.#book.noteTry(id, problem);
      this.#ports.onChange();
      await sleep(clock, wait * (0.75 + random.number() / 2), signal);
    }
  }

  /** Undefined when one of them let us in; else a code. */
  async #tryAll(
    id: string,
    link: InvitationLink,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    let problem: string | undefined;
    for (const host of link.devices) {
      try {
        await this.#tryOne(id, link, host, signal);
        return undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PeerFault || error instanceof LocalFault)) throw error;
        if (ENDED.has(error.code)) return error.code;
        // it is unknown when all of them say so
        if (problem === undefined || !UNKNOWN.has(error.code)) problem = error.code;
      } finally {
        this.#greeting.delete(id);
      }
    }
    return problem ?? 'DEVICE_UNREACHABLE';
  }

  async #tryOne(
    id: string,
    link: InvitationLink,
    host: DeviceKey,
    signal: AbortSignal,
  ): Promise<void> {
    const { links, clock, random, ed25519 } = this.#ports;
    const request = { protocol: INVITE_PROTOCOL, lane: 'talk' } as const;
    const late = new AbortController();
    const either = AbortSignal.any([signal, late.signal]);
    const cancel = clock.at(clock.now() + TRY_TIMEOUT_MS, () =>
      late.abort(new LocalFault('DEVICE_UNREACHABLE', { device: host })),
    );
    let driven: Driven<GuestInput> | undefined;
    try {
      const opening = links.open(host, request, either);
      const stream = await untilAborted(opening, either).catch((error: unknown) => {
        void opening.then(
          (came) => came.close(),
          () => undefined,
        );
        throw error;
      });
      const nonce = random.bytes(INVITE_NONCE_LENGTH).slice();
      const machine = new InviteGuest(
        this.#ports.self(),
        { link, host },
        nonce,
        ed25519,
        clock.now(),
      );
      const outcome = { isWelcome: false };
      driven = driveStream(machine, stream, clock, (output) => {
        const inputs = this.#take(output, id, host);
        if (output.type === 'welcomed') outcome.isWelcome = true;
        return inputs;
      });
      driven.post({ type: 'begin' });
      const why = await untilAborted(driven.closed, either);
      if (!outcome.isWelcome) throw why ?? new PeerFault('THEY_LEFT');
      this.#ports.onJoined(host);
    } finally {
      cancel();
      driven?.close();
    }
  }

  #take(output: GuestOutput, id: string, host: DeviceKey): GuestInput[] {
    switch (output.type) {
      case 'greeted':
        this.#greeting.add(id);
        this.#ports.onChange();
        return [];
      case 'welcomed':
        this.#store(id, output.host, host);
        this.#ports.onChange();
        return [{ type: 'stored' }];
      case 'send':
      case 'end':
      case 'close':
        return [];
    }
  }

  /** On disk, with the end of the acceptance, before the other side hears that it is. */
  #store(id: string, introduction: Introduction, speaker: DeviceKey): void {
    const { person } = introduction.list;
    const at = this.#ports.clock.epochNow();
    this.#contacts.change(person, () => {
      this.#contacts.arrive({ introduction, speaker, at, isOwnWish: true });
      this.#book.welcome(id, person, introduction.name);
    });
  }
}

function idOf({ secret }: InvitationLink): string {
  return formatHex(invitationIdOf(secret));
}
