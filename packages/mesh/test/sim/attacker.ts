/** A device that says whatever it likes: carriers without a session. */
import type { DeviceKey } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import { decodeFrame, encodeFrame } from '../../src/core/session/frames.ts';
import type { Frame } from '../../src/core/session/frames.ts';
import type { Carrier, Transport } from '../../src/io/carrier.ts';
import { openPlainTransport } from '../plain-transport.ts';
import { keyOf, NEVER } from './links-world.ts';
import type { LinksWorld } from './links-world.ts';

let sessions = 1n;

export class Attacker {
  readonly key: DeviceKey;
  readonly host: SimHost;
  readonly #transport: Transport;

  static async open(links: LinksWorld, n: number): Promise<Attacker> {
    const key = keyOf(n);
    const host = links.world.host(`attacker-${n}`);
    const open = openPlainTransport({
      own: key,
      net: host.ports.net,
      host: host.address,
      directory: links.directory,
    });
    const nobody = { admits: () => false, onCarrier: (carrier: Carrier) => carrier.close() };
    return new Attacker(key, host, await links.run(() => open(nobody, NEVER)));
  }

  private constructor(key: DeviceKey, host: SimHost, transport: Transport) {
    this.key = key;
    this.host = host;
    this.#transport = transport;
  }

  async dial(to: DeviceKey): Promise<Line> {
    return new Line(await this.#transport.dial(to, NEVER));
  }
}

/** One carrier of it, with all that was heard. */
export class Line {
  readonly carrier: Carrier;
  readonly heard: Frame[] = [];
  isClosed = false;

  constructor(carrier: Carrier) {
    this.carrier = carrier;
    carrier.start(
      (message) => this.heard.push(decodeFrame(message.slice())),
      () => {
        this.isClosed = true;
      },
    );
  }

  say(...frames: readonly Frame[]): void {
    for (const frame of frames) this.carrier.send([encodeFrame(frame)]);
  }

  /** As an honest device begins. */
  hello(lane: 'talk' | 'bulk' = 'talk'): void {
    this.say(
      { type: 'hello', lane, own: ++sessions, peer: 0n, position: 0 },
      { type: 'ping', token: 1 },
    );
  }

  count(type: Frame['type']): number {
    return this.heard.filter((frame) => frame.type === type).length;
  }
}
