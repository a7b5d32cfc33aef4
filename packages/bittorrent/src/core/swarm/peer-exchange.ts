/**
 * Peer exchange (BEP 11) of one torrent: who is told of whom, once a minute and only what has changed, and
 * what is taken of what others tell. `Peer` is whatever the owner calls a link.
 */
import { LeanMap, PeerFault } from '@coequal/base';
import type { Endpoint, Machine, Millis } from '@coequal/base';
import { PEX_PEERS_MAX } from '../wire/pex-message.ts';
import type { PexMessage, PexPeer } from '../wire/pex-message.ts';
import { isNear, maySendTo } from './network.ts';

/** The least time between two messages to one peer (BEP 11). */
const PEX_INTERVAL_MS = 60_000;

/** Before the first message to a peer: others that came with it are known by then. */
const PEX_FIRST_MS = 1_000;

/** A message that comes sooner than this after the one that was taken is ignored: clocks and networks vary. */
const PEX_TAKE_MS = 45_000;

/** So many messages within `PEX_INTERVAL_MS` end the link, as with libtorrent. */
const PEX_MESSAGES_MAX = 6;

export type PeerExchangeInput<Peer> =
  /** The peer is connected, or something of it changed. `endpoint` only where others could dial it. */
  | {
      readonly type: 'peer';
      readonly peer: Peer;
      /** Its address as we see it. */
      readonly host: string;
      readonly known: PexPeer | undefined;
      readonly takesPex: boolean;
    }
  | { readonly type: 'peer-gone'; readonly peer: Peer }
  | { readonly type: 'received'; readonly peer: Peer; readonly message: PexMessage };

export type PeerExchangeOutput<Peer> =
  | { readonly type: 'send'; readonly peer: Peer; readonly message: PexMessage }
  | { readonly type: 'found'; readonly peer: Peer; readonly peers: readonly PexPeer[] }
  | { readonly type: 'fault'; readonly peer: Peer; readonly fault: PeerFault };

interface Partner {
  host: string;
  known: PexPeer | undefined;
  takesPex: boolean;
  /** What it was told and not told otherwise since, by address. */
  readonly told: LeanMap<string, Endpoint>;
  /** When it may be told more. */
  sendAt: Millis;
  /** Something has changed since it was told. */
  isBehind: boolean;
  takenAt: Millis;
  /** When its last messages came, the oldest first. */
  readonly receivedAt: Millis[];
}

export class PeerExchange<Peer> implements Machine<
  PeerExchangeInput<Peer>,
  PeerExchangeOutput<Peer>
> {
  readonly #partners = new LeanMap<Peer, Partner>();

  get deadline(): Millis | undefined {
    let deadline = Infinity;
    for (const { takesPex, isBehind, sendAt } of this.#partners.values())
      if (takesPex && isBehind) deadline = Math.min(deadline, sendAt);
    return deadline === Infinity ? undefined : deadline;
  }

  step(
    input: PeerExchangeInput<Peer> | { readonly type: 'timeout' },
    now: Millis,
  ): readonly PeerExchangeOutput<Peer>[] {
    switch (input.type) {
      case 'peer':
        this.#learn(input, now);
        return [];
      case 'peer-gone':
        if (this.#partners.get(input.peer)?.known !== undefined) this.#changed(input.peer);
        this.#partners.delete(input.peer);
        return [];
      case 'received':
        return this.#received(input.peer, input.message, now);
      case 'timeout':
        return this.#sendDue(now);
    }
  }

  #learn(input: Extract<PeerExchangeInput<Peer>, { type: 'peer' }>, now: Millis): void {
    const { peer, host, known, takesPex } = input;
    const partner = this.#partners.get(peer);
    const before = partner?.known;
    if (partner === undefined) {
      this.#partners.set(peer, {
        host,
        known,
        takesPex,
        told: new LeanMap(),
        sendAt: now + PEX_FIRST_MS,
        isBehind: true,
        takenAt: -Infinity,
        receivedAt: [],
      });
    } else {
      partner.known = known;
      partner.takesPex = takesPex;
    }
    if (before === undefined ? known !== undefined : !isSame(before, known)) this.#changed(peer);
  }

  /** All others have something to be told. */
  #changed(except: Peer): void {
    for (const [peer, partner] of this.#partners) if (peer !== except) partner.isBehind = true;
  }

  #sendDue(now: Millis): readonly PeerExchangeOutput<Peer>[] {
    const outputs: PeerExchangeOutput<Peer>[] = [];
    for (const [peer, partner] of this.#partners) {
      if (!partner.takesPex || !partner.isBehind || partner.sendAt > now) continue;
      const message = this.#news(peer, partner);
      if (message === undefined) continue;
      partner.sendAt = now + PEX_INTERVAL_MS;
      outputs.push({ type: 'send', peer, message });
    }
    return outputs;
  }

  /** What it has not been told, as much as goes into one message. Undefined: nothing. */
  #news(peer: Peer, partner: Partner): PexMessage | undefined {
    const { told, host } = partner;
    const present = new Map<string, PexPeer>();
    for (const [other, { known }] of this.#partners) {
      if (other === peer || known === undefined) continue;
      // who is on the internet can do nothing with addresses of our network, and need not know them
      if (maySendTo(host, known.endpoint.host)) present.set(keyOf(known.endpoint), known);
    }
    const added = Array.from(present).filter(([key]) => !told.has(key));
    const dropped = Array.from(told).filter(([key]) => !present.has(key));
    partner.isBehind = added.length > PEX_PEERS_MAX || dropped.length > PEX_PEERS_MAX;
    added.splice(PEX_PEERS_MAX);
    dropped.splice(PEX_PEERS_MAX);
    for (const [key, { endpoint }] of added) told.set(key, endpoint);
    for (const [key] of dropped) told.delete(key);
    if (added.length + dropped.length === 0) return undefined;
    return {
      added: added.map(([, known]) => known),
      dropped: dropped.map(([, endpoint]) => endpoint),
    };
  }

  #received(peer: Peer, message: PexMessage, now: Millis): readonly PeerExchangeOutput<Peer>[] {
    const partner = this.#partners.get(peer);
    if (partner === undefined) return [];
    const { receivedAt, host } = partner;
    receivedAt.push(now);
    while ((receivedAt[0] ?? now) <= now - PEX_INTERVAL_MS) receivedAt.shift();
    if (receivedAt.length >= PEX_MESSAGES_MAX)
      return [{ type: 'fault', peer, fault: new PeerFault('PEX_FLOOD') }];
    const isFirst = partner.takenAt === -Infinity;
    if (now < partner.takenAt + PEX_TAKE_MS) return [];
    partner.takenAt = now;
    const peers = message.added.slice(0, isFirst ? undefined : PEX_PEERS_MAX);
    const usable = oneOfEachHost(peers).filter(({ endpoint }) => maySendTo(host, endpoint.host));
    return usable.length === 0 ? [] : [{ type: 'found', peer, peers: usable }];
  }
}

/** BEP 11: many ports of one address are a way to have it dialled often. Around us there are few. */
function oneOfEachHost(peers: readonly PexPeer[]): readonly PexPeer[] {
  const hosts = new Set<string>();
  return peers.filter(({ endpoint: { host } }) => {
    if (isNear(host)) return true;
    return !hosts.has(host) && hosts.add(host);
  });
}

function isSame(a: PexPeer, b: PexPeer | undefined): boolean {
  return b !== undefined && keyOf(a.endpoint) === keyOf(b.endpoint);
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}
