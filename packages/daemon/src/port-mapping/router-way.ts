/** Maps ports by PCP, or by NAT-PMP where a router knows only that; over IPv6 by PCP alone. */
import { isIPv4 } from 'node:net';
import { formatHex, LocalFault, PeerFault } from '@coequal/base';
import { decodeRouterReply, encodeNatPmpAddress, encodeNatPmpMap } from './pcp.ts';
import { encodePcpMap, NONCE_LENGTH, PCP_PORT } from './pcp.ts';
import type { MapRequest, RouterReply } from './pcp.ts';
import type { Router } from './router.ts';
import { within } from './way.ts';
import type { Granted, Way, WayPorts } from './way.ts';

/** Between sending and sending again (RFC 6886, section 3.1): a router is near, and answers in milliseconds. */
const RESEND_MS: readonly number[] = [250, 500, 1_000];

type Dialect = 'PCP' | 'NAT-PMP';

export class RouterWay implements Way {
  readonly router: string;
  readonly #local: string;
  readonly #nonce: Uint8Array;
  readonly #ports: WayPorts;
  #dialect: Dialect = 'PCP';
  #outsideHost: string | undefined;

  constructor({ host, local }: Router, ports: WayPorts) {
    this.router = host;
    this.#local = local;
    this.#nonce = ports.random.bytes(NONCE_LENGTH);
    this.#ports = ports;
  }

  get name(): Dialect {
    return this.#dialect;
  }

  async map(request: MapRequest, signal: AbortSignal): Promise<Granted> {
    let reply = await this.#ask(request, signal);
    // older ones should say that they do not know PCP, and some say nothing
    const mayBeOlder = isIPv4(this.#local) && this.#dialect === 'PCP';
    if (mayBeOlder && (reply === undefined || reply.type === 'unsupported')) {
      this.#dialect = 'NAT-PMP';
      reply = await this.#ask(request, signal);
    }
    if (reply === undefined) throw new LocalFault('ROUTER_SILENT', { router: this.router });
    if (reply.type === 'mapped') {
      this.#outsideHost = reply.outsideHost;
      return reply;
    }
    const result = reply.type === 'refused' ? reply.result : undefined;
    throw new PeerFault('PORT_MAPPING_REFUSED', { router: this.router, result });
  }

  async outsideHost(signal: AbortSignal): Promise<string | undefined> {
    if (this.#dialect === 'PCP') return this.#outsideHost;
    const reply = await this.#exchange(
      encodeNatPmpAddress(),
      ({ type }) => type === 'outside',
      signal,
    );
    return reply?.type === 'outside' ? reply.host : undefined;
  }

  async remove(request: MapRequest, signal: AbortSignal): Promise<void> {
    await this.#ask({ ...request, lifetimeSeconds: 0 }, signal);
  }

  async #ask(request: MapRequest, signal: AbortSignal): Promise<RouterReply | undefined> {
    const bytes =
      this.#dialect === 'PCP'
        ? encodePcpMap({ ...request, nonce: this.#nonce, client: this.#local })
        : encodeNatPmpMap(request);
    return await this.#exchange(bytes, (reply) => this.#isFor(reply, request), signal);
  }

  /** Undefined when nothing is answered. */
  async #exchange(
    bytes: Uint8Array,
    isAnswer: (reply: RouterReply) => boolean,
    signal: AbortSignal,
  ): Promise<RouterReply | undefined> {
    const { net } = this.#ports;
    const router = { host: this.router, port: PCP_PORT };
    const { promise, resolve } = Promise.withResolvers<RouterReply>();
    await using socket = await net.udp(
      { host: this.#local, port: 0 },
      (batch) => {
        for (const { bytes: answer, from } of batch) {
          if (from.host !== router.host || from.port !== router.port) continue;
          const reply = tryDecode(answer);
          if (reply !== undefined && isAnswer(reply)) resolve(reply);
        }
      },
      signal,
    );
    for (const ms of RESEND_MS) {
      socket.send(bytes, router);
      const reply = await within(promise, ms, this.#ports, signal);
      if (reply !== undefined) return reply;
    }
    return undefined;
  }

  #isFor(reply: RouterReply, { protocol, port }: MapRequest): boolean {
    if (reply.type === 'outside') return false;
    if (reply.type !== 'mapped') return true;
    const nonce = this.#dialect === 'PCP' ? formatHex(this.#nonce) : undefined;
    return reply.protocol === protocol && reply.port === port && reply.nonce === nonce;
  }
}

function tryDecode(bytes: Uint8Array): RouterReply | undefined {
  try {
    return decodeRouterReply(bytes);
  } catch (error) {
    if (error instanceof PeerFault) return undefined; // anyone may send us anything
    throw error;
  }
}
