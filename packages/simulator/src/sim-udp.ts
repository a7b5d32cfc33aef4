/** Datagrams over the simulated network: lost, doubled, overtaken, and delivered in batches of views. */
import type { Datagram, Endpoint, UdpPlace, UdpSocket } from '@coequal/base';
import type { BoundSocket, NetHost, Stack } from './net-host.ts';
import { isMulticast, VIEW_LENGTH_MAX } from './network.ts';
import type { Network } from './network.ts';

/** Longest payload of a UDP datagram over IPv4. */
const DATAGRAM_LENGTH_MAX = 65_507;

/** A home router's buffer: a datagram that would wait longer for its line is dropped. */
const LINE_WAIT_MAX_MS = 1_000;

/** Datagrams that arrive within this time may be handed over together. */
const BATCH_MS = 1;

/** One that is overtaken is late by up to this. */
const OVERTAKEN_MAX_MS = 100;

/** Bytes of IP and UDP headers, which the line carries too. */
const HEADER_LENGTH = 28;

export class SimUdpSocket implements UdpSocket {
  readonly local: Endpoint;
  readonly #network: Network;
  readonly #host: NetHost;
  readonly #stack: Stack;
  readonly #onDatagrams: (batch: readonly Datagram[]) => void;
  readonly #entry: BoundSocket;
  readonly #isEachAddress: boolean;
  #waiting: Datagram[] = [];
  #isClosed = false;

  constructor(
    network: Network,
    host: NetHost,
    stack: Stack,
    { host: bound, port, group, isEachAddress = false }: UdpPlace,
    onDatagrams: (batch: readonly Datagram[]) => void,
  ) {
    const local = { host: bound, port };
    this.local = local;
    this.#network = network;
    this.#host = host;
    this.#stack = stack;
    this.#onDatagrams = onDatagrams;
    this.#isEachAddress = isEachAddress;
    const onDatagram: BoundSocket['onDatagram'] = (bytes, from, at) =>
      this.#receive({ bytes, from, at: isEachAddress ? at : undefined });
    this.#entry = { local, group, onDatagram };
    if (group !== undefined) stack.members.add(this.#entry);
    if (!stack.sockets.has(port)) stack.sockets.set(port, this.#entry);
  }

  send(bytes: Uint8Array, to: Endpoint, own?: string): void {
    if (this.#isClosed || !this.#stack.life.isAlive) return;
    if (bytes.length > DATAGRAM_LENGTH_MAX) return;
    const one = this.#network.find(this.#host, to.host);
    const targets = isMulticast(to.host)
      ? this.#network.lanOf(this.#host)
      : one === undefined
        ? []
        : [one];
    const copy = bytes.slice();
    const source = (this.#isEachAddress && own) || this.#host.address;
    for (const target of targets) this.#sendTo(target, copy, to, source);
  }

  #sendTo(target: NetHost, bytes: Uint8Array, to: Endpoint, source: string): void {
    this.#transfer(bytes, to, target, source);
    if (target !== this.#host && this.#network.random.chance(this.#network.options.duplication))
      this.#transfer(bytes, to, target, source);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#waiting = [];
    const { sockets, members } = this.#stack;
    members.delete(this.#entry);
    if (sockets.get(this.local.port) === this.#entry) sockets.delete(this.local.port);
  }

  #transfer(bytes: Uint8Array, to: Endpoint, target: NetHost, source: string): void {
    const host = this.#host;
    const { queue, random, options } = this.#network;
    const isLocal = target === host;
    const isThroughNat = !isLocal && host.nat !== undefined;
    const port = isThroughNat ? host.nat?.leave(this.local.port, to) : this.local.port;
    if (port === undefined) return;
    if (!isLocal && host.uplink.waitMs > LINE_WAIT_MAX_MS) return;
    const length = bytes.length + HEADER_LENGTH;
    const departsAt = isLocal ? queue.now : host.uplink.reserve(length);
    if (this.#network.isLost(host, target)) return;
    let delay = this.#network.delay(host, target);
    if (!isLocal && random.chance(options.reordering)) delay += random.between(1, OVERTAKEN_MAX_MS);
    const isToItself = isLocal && !isMulticast(to.host);
    const from = { host: isToItself ? to.host : source, port };
    queue.push(departsAt + delay, 'datagram', undefined, true, () => {
      if (this.#network.isBlocked(host, target)) return;
      if (isLocal) {
        deliver(target, to, bytes, from);
        return;
      }
      if (target.downlink.waitMs > LINE_WAIT_MAX_MS) return;
      const at = target.downlink.reserve(length);
      queue.push(at, 'datagram', undefined, true, () => {
        const inside = target.nat === undefined ? to.port : target.nat.enter(to.port, from);
        if (inside !== undefined) deliver(target, { ...to, port: inside }, bytes, from);
      });
    });
  }

  #receive(datagram: Datagram): void {
    this.#waiting.push(datagram);
    if (this.#waiting.length > 1) return;
    const { random } = this.#network;
    const delay = random.chance(0.5) ? 0 : random.between(0, BATCH_MS);
    this.#stack.life.after(delay, 'datagrams', () => this.#flush());
  }

  /** Hands over what fits into the shared buffer, as views of it. */
  #flush(): void {
    if (this.#isClosed || this.#waiting.length === 0) return;
    let length = 0;
    let count = 0;
    for (const { bytes } of this.#waiting) {
      if (length + bytes.length > VIEW_LENGTH_MAX) break;
      length += bytes.length;
      count += 1;
    }
    const batch = this.#waiting.splice(0, count);
    if (this.#waiting.length > 0) this.#stack.life.after(0, 'datagrams', () => this.#flush());
    this.#network.queue.fold(length);
    this.#network.lend(length, (view) => {
      let at = 0;
      const views = batch.map(({ bytes, ...rest }) => {
        const part = view.subarray(at, at + bytes.length);
        part.set(bytes);
        at += bytes.length;
        return { bytes: part, ...rest };
      });
      this.#onDatagrams(views);
    });
  }
}

function deliver(target: NetHost, to: Endpoint, bytes: Uint8Array, from: Endpoint): void {
  if (isMulticast(to.host)) {
    for (const { group, local, onDatagram } of target.stack?.members ?? [])
      if (group === to.host && local.port === to.port) onDatagram(bytes, from, to.host);
    return;
  }
  const socket = target.stack?.sockets.get(to.port);
  if (socket === undefined) return;
  const { host } = socket.local;
  if (host === '0.0.0.0' || host === '::' || host === to.host)
    socket.onDatagram(bytes, from, to.host);
}
