/** Dials at once with peers that nobody can dial, as a relay tells both (BEP 55); tells others for them. */
import { LeanMap, LocalFault } from '@coequal/base';
import type { Endpoint, Millis, Net, Ports } from '@coequal/base';
import { HolePunch } from '../../core/swarm/hole-punch.ts';
import type { HolePunchInput, HolePunchView, PunchRates } from '../../core/swarm/hole-punch.ts';
import {
  decodeHolepunchMessage,
  encodeHolepunchMessage,
  HOLEPUNCH_EXTENSION,
} from '../../core/wire/holepunch-message.ts';
import type { Dialer } from './dialer.ts';
import type { PeerLink } from './peer-link.ts';

/** A connection over uTP that comes to be within this time was punched: a dial takes no longer. */
const PUNCH_TIMEOUT_MS: Millis = 10_000;

/** Dials of a torrent under way by the word of relays; one more is not begun. */
const PUNCHES_MAX = 16;

interface Punch {
  readonly until: Millis;
  /** Ends our dial. */
  readonly stop: AbortController;
}

export class HolePunchFlow {
  readonly #dialUtp: Net['dial'];
  readonly #dialer: Dialer;
  readonly #clock: Ports['clock'];
  readonly #machine: HolePunch<PeerLink>;
  readonly #punches = new LeanMap<string, Punch>();
  /** Whom relays were asked for, and until when it counts: the other side may be quicker than the relay's word to us. */
  readonly #sought = new LeanMap<string, Millis>();

  constructor(
    dialUtp: Net['dial'],
    dialer: Dialer,
    rates: PunchRates,
    { clock }: Pick<Ports, 'clock'>,
  ) {
    this.#dialUtp = dialUtp;
    this.#dialer = dialer;
    this.#clock = clock;
    const view: HolePunchView<PeerLink> = {
      find: (endpoint) => dialer.linkAt(endpoint),
      takes: (link) => takesHolepunch(link),
      // over uTP we see the very port through which others get in
      placeOf: (link) => (link.isUtp ? link.remote : dialer.dialableAt(link)),
      hostOf: (link) => link.remote.host,
      isOwn: (endpoint) => dialer.pool.isOwn(endpoint),
    };
    this.#machine = new HolePunch(view, rates);
  }

  /** By peer exchange. */
  told(peer: PeerLink, endpoints: readonly Endpoint[]): void {
    this.#step({ type: 'told', peer, endpoints });
  }

  /** A dial has not come to a connection, or not soon. */
  unanswered(endpoint: Endpoint): void {
    this.#step({ type: 'unanswered', endpoint });
  }

  /** A message of it. Throws PeerFault. `mayRelay`: peers may hear of each other. */
  received(peer: PeerLink, payload: Uint8Array, mayRelay: boolean): void {
    const message = decodeHolepunchMessage(payload);
    if (message.type !== 'rendezvous' || mayRelay) this.#step({ type: 'received', peer, message });
  }

  /** Of dials that met one is enough; ours may be the one that did. */
  opened(link: PeerLink): void {
    if (!link.isUtp) return;
    const key = keyOf(link.remote);
    const now = this.#clock.now();
    const punch = this.#punches.get(key);
    const until = Math.max(punch?.until ?? now, this.#sought.get(key) ?? now);
    if (until <= now) return;
    link.isPunched = true;
    const { host, port } = link.remote;
    punch?.stop.abort(new LocalFault('DIAL_FAILED', { host, port, reason: 'it was quicker' }));
  }

  gone(peer: PeerLink): void {
    this.#step({ type: 'peer-gone', peer });
  }

  #step(input: HolePunchInput<PeerLink>): void {
    for (const output of this.#machine.step(input, this.#clock.now())) {
      switch (output.type) {
        case 'send': {
          const id = output.peer.peer.extended?.extensions.get(HOLEPUNCH_EXTENSION);
          const payload = encodeHolepunchMessage(output.message);
          if (id !== undefined) output.peer.send({ type: 'extended', id, payload });
          if (output.message.type === 'rendezvous') this.#seek(output.message.endpoint);
          break;
        }
        case 'punch':
          this.#punch(output.endpoint);
      }
    }
  }

  #seek(endpoint: Endpoint): void {
    const now = this.#clock.now();
    for (const [key, until] of this.#sought) if (until <= now) this.#sought.delete(key);
    this.#sought.set(keyOf(endpoint), now + PUNCH_TIMEOUT_MS);
  }

  #punch(endpoint: Endpoint): void {
    const now = this.#clock.now();
    for (const [key, { until }] of this.#punches) if (until <= now) this.#punches.delete(key);
    const key = keyOf(endpoint);
    if (this.#punches.size >= PUNCHES_MAX || this.#punches.has(key)) return;
    const stop = new AbortController();
    this.#punches.set(key, { until: now + PUNCH_TIMEOUT_MS, stop });
    this.#dialer.punch(endpoint, (to, signal) =>
      this.#dialUtp(to, AbortSignal.any([signal, stop.signal])),
    );
  }
}

export function takesHolepunch(link: PeerLink): boolean {
  return link.peer.extended?.extensions.has(HOLEPUNCH_EXTENSION) === true;
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}
