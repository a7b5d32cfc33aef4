/**
 * What the peers of a swarm tell each other of others: peer exchange (BEP 11), how to reach those that nobody
 * can dial (BEP 55), and their nodes in the DHT (BEP 5).
 */
import type { Cancel, Ports } from '@coequal/base';
import { HOLEPUNCH_EXTENSION, UT_HOLEPUNCH_ID } from '../../core/wire/holepunch-message.ts';
import type { PunchRates } from '../../core/swarm/hole-punch.ts';
import { PeerExchange } from '../../core/swarm/peer-exchange.ts';
import type { PeerExchangeInput } from '../../core/swarm/peer-exchange.ts';
import {
  decodePexMessage,
  encodePexMessage,
  PEX_EXTENSION,
  PEX_FLAG,
  UT_PEX_ID,
} from '../../core/wire/pex-message.ts';
import type { PeerEvent } from '../../core/wire/remote-peer.ts';
import type { PexPeer } from '../../core/wire/pex-message.ts';
import type { Dialer } from './dialer.ts';
import { HolePunchFlow, takesHolepunch } from './hole-punch-flow.ts';
import type { OwnRole } from './own-role.ts';
import type { PeerLink } from './peer-link.ts';
import type { SwarmOptions } from './swarm-types.ts';
import { UtpFirst } from './utp-first.ts';

type PexState =
  | { readonly type: 'on'; readonly machine: PeerExchange<PeerLink> }
  /** Off from the first: no peer has ever heard of it. */
  | { readonly type: 'off' }
  /** The torrent turned out to be private (BEP 27). */
  | { readonly type: 'ended' };

export class PexFlow {
  readonly #dht: SwarmOptions['dht'];
  readonly #role: OwnRole;
  readonly #dialer: Dialer;
  readonly #clock: Ports['clock'];
  /** Where uTP is used. */
  readonly #holePunch: HolePunchFlow | undefined;
  #state: PexState;
  /** The metadata is known, and not of a private torrent: until then we take, and tell nothing. */
  #tells = false;
  #timer: Cancel | undefined;

  constructor(
    options: Pick<SwarmOptions, 'exchangesPeers' | 'dht' | 'dialUtp' | 'dialUtpFirst' | 'reach'>,
    role: OwnRole,
    dialer: Dialer,
    rates: PunchRates,
    { clock }: Pick<Ports, 'clock'>,
  ) {
    this.#dht = options.dht;
    this.#role = role;
    this.#dialer = dialer;
    this.#clock = clock;
    const { dialUtp, dialUtpFirst, reach } = options;
    this.#holePunch = dialUtp && new HolePunchFlow(dialUtp, dialer, rates, { clock });
    dialer.onUnanswered = (endpoint) => this.isOn && this.#holePunch?.unanswered(endpoint);
    const connections = (): Iterable<PeerLink> => dialer.connections();
    const utpFirst = new UtpFirst({ dialUtpFirst, reach, connections }, { clock });
    dialer.chooseDial = (endpoint) => (this.isOn ? utpFirst.dialTowards(endpoint) : undefined);
    this.#state = options.exchangesPeers
      ? { type: 'on', machine: new PeerExchange() }
      : { type: 'off' };
  }

  get isOn(): boolean {
    return this.#state.type === 'on';
  }

  /** Peers may name their nodes: not those of private torrents (BEP 27). */
  get supportsDht(): boolean {
    return this.isOn && this.#dht !== undefined;
  }

  opened(link: PeerLink): void {
    const port = this.isOn ? this.#dht?.portFor(link.remote.host) : undefined;
    if (port !== undefined && link.peer.supports.dht) link.send({ type: 'port', port });
    if (this.isOn) this.#holePunch?.opened(link);
    this.learned(link);
  }

  nodeNamed({ remote: { host } }: PeerLink, port: number): void {
    if (this.isOn) this.#dht?.addNode({ host, port });
  }

  /** Our ids for its messages; 0 takes one back (BEP 10), and what is missing was never named. */
  get extensions(): readonly (readonly [string, number])[] {
    if (this.#state.type === 'off') return [];
    const id = (ours: number): number => (this.isOn ? ours : 0);
    const pex = [PEX_EXTENSION, id(UT_PEX_ID)] as const;
    const hasHolePunch = this.#holePunch !== undefined;
    return hasHolePunch ? [pex, [HOLEPUNCH_EXTENSION, id(UT_HOLEPUNCH_ID)]] : [pex];
  }

  /** The torrent is public: from now on peers are told of others. */
  begin(): void {
    this.#tells = true;
    this.#arm();
  }

  /**
   * The torrent is private: nothing more is told or heard. `wasTold`: there are peers that heard of it. Returns
   * whether it was on.
   */
  end(wasTold: boolean): boolean {
    this.dispose();
    if (this.#state.type !== 'on') return false;
    this.#state = { type: wasTold ? 'ended' : 'off' };
    return true;
  }

  /** It is connected, or has told more of itself. */
  learned(link: PeerLink): void {
    const takesPex = link.peer.extended?.extensions.has(PEX_EXTENSION) === true;
    const { host } = link.remote;
    this.#step({ type: 'peer', peer: link, host, known: this.#describe(link), takesPex });
  }

  /** An extended message, of whatever extension. Throws PeerFault for a bad one of those here. */
  received(link: PeerLink, { id, payload }: Extract<PeerEvent, { type: 'extension' }>): void {
    if (!this.isOn) return;
    if (id === UT_HOLEPUNCH_ID) this.#holePunch?.received(link, payload, this.#tells);
    if (id !== UT_PEX_ID) return;
    this.#step({ type: 'received', peer: link, message: decodePexMessage(payload) });
  }

  gone(link: PeerLink): void {
    this.#holePunch?.gone(link);
    this.#step({ type: 'peer-gone', peer: link });
  }

  dispose(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #describe(link: PeerLink): PexPeer | undefined {
    const endpoint = this.#dialer.dialableAt(link);
    if (endpoint === undefined) return undefined;
    const uploadOnly = link.peer.isUploadOnly ? PEX_FLAG.uploadOnly : 0;
    const outgoing = link.dialled === undefined ? 0 : PEX_FLAG.outgoing;
    const utp = link.isUtp ? PEX_FLAG.utp : 0;
    const holepunch = takesHolepunch(link) ? PEX_FLAG.holepunch : 0;
    return { endpoint, flags: uploadOnly | outgoing | utp | holepunch };
  }

  #step(input: PeerExchangeInput<PeerLink> | { readonly type: 'timeout' }): void {
    if (this.#state.type !== 'on') return;
    const { machine } = this.#state;
    for (const output of machine.step(input, this.#clock.now())) {
      switch (output.type) {
        case 'send': {
          const id = output.peer.peer.extended?.extensions.get(PEX_EXTENSION);
          const payload = encodePexMessage(output.message);
          if (id !== undefined) output.peer.send({ type: 'extended', id, payload });
          break;
        }
        case 'found':
          this.#found(output.peer, output.peers);
          break;
        case 'fault':
          output.peer.close(output.fault);
      }
    }
    this.#arm();
  }

  #arm(): void {
    this.dispose();
    if (this.#state.type !== 'on' || !this.#tells) return;
    const { deadline } = this.#state.machine;
    if (deadline !== undefined)
      this.#timer = this.#clock.at(deadline, () => this.#step({ type: 'timeout' }));
  }

  #found(from: PeerLink, peers: readonly PexPeer[]): void {
    const { isUploadOnly } = this.#role; // then seeds are of no use
    const useful = peers.filter(
      ({ flags }) => !isUploadOnly || (flags & PEX_FLAG.uploadOnly) === 0,
    );
    const endpoints = useful.map(({ endpoint }) => endpoint);
    this.#holePunch?.told(from, endpoints);
    this.#dialer.add(endpoints, 'pex', from.remote.host);
  }
}
