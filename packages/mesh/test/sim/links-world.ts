/** Devices with links over simulated ways: a direct one for each pair, and one through a relay. */
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey, LinkStream } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { SimHost, WorldOptions } from '@coequal/simulator';
import type { AdmissionLevel } from '../../src/io/links/link-limits.ts';
import { MeshLinks } from '../../src/io/links/mesh-links.ts';
import type { OpenTransport } from '../../src/io/links/mesh-links.ts';
import { openPlainRelay, openPlainTransport } from '../plain-transport.ts';
import type { Directory, PlainCarrier } from '../plain-transport.ts';
import { SleepyPorts } from './sleepy-ports.ts';

export const NEVER: AbortSignal = new AbortController().signal;
export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
const RELAY_KEY = keyOf(200);

export function keyOf(n: number): DeviceKey {
  return deviceKeyOf(new Uint8Array(32).fill(n));
}

export interface Device {
  readonly key: DeviceKey;
  readonly host: SimHost;
  ports: SleepyPorts;
  links: MeshLinks;
  /** Carriers that it has had, the live ones among them. */
  readonly carriers: Set<PlainCarrier>;
  onStream: (stream: LinkStream, from: DeviceKey, protocol: string) => void;
  onOpened: (links: MeshLinks) => void;
}

export interface DevicesOptions extends WorldOptions {
  readonly count: number;
  readonly hasRelay?: boolean;
  readonly levelOf?: (device: DeviceKey) => AdmissionLevel;
}

export class LinksWorld {
  readonly world: World;
  readonly devices: Device[] = [];
  readonly directory: Directory = new Map();
  readonly #relayed: Directory = new Map();
  readonly #levelOf: (device: DeviceKey) => AdmissionLevel;
  #relayAt: { readonly host: string; readonly port: number } | undefined;

  static async open(options: DevicesOptions): Promise<LinksWorld> {
    const links = new LinksWorld(options);
    await links.run(async () => {
      if (options.hasRelay !== false) await links.#openRelay();
      for (let n = 1; n <= options.count; n++) await links.#addDevice(n);
    });
    return links;
  }

  private constructor(options: DevicesOptions) {
    this.world = new World(options);
    this.#levelOf = options.levelOf ?? (() => 'contact');
  }

  async run<Value>(work: () => Promise<Value>, limitMs: number = HOUR_MS): Promise<Value> {
    return await this.world.run(work, limitMs);
  }

  /** Kills the process of a device and starts another. */
  async restart(device: Device): Promise<void> {
    device.carriers.clear();
    const { clock, net } = device.host.restart();
    device.ports = new SleepyPorts(clock, net);
    device.links = await this.#openLinks(device);
    device.onOpened(device.links);
  }

  /** The direct way between two is gone; that through the relay as well, if it is said. */
  block(a: Device, b: Device): void {
    this.world.partition(a.host, b.host);
  }

  /** A device reaches nobody. */
  isolate(device: Device): void {
    this.world.partition(device.host, this.world.hosts);
  }

  async close(): Promise<void> {
    await this.run(() =>
      Promise.all(this.devices.map(({ links }) => links[Symbol.asyncDispose]())),
    );
    for (const host of this.world.hosts) host.stop(); // what it has open would keep the whole world in memory
  }

  async #openRelay(): Promise<void> {
    const host = this.world.host('relay');
    const listener = await openPlainRelay(RELAY_KEY, host.ports.net, host.address, this.#relayed);
    this.#relayAt = listener.local;
  }

  async #addDevice(n: number): Promise<void> {
    const host = this.world.host(`device-${n}`);
    const ports = new SleepyPorts(host.ports.clock, host.ports.net);
    const unset: Partial<Device> = {
      key: keyOf(n),
      host,
      ports,
      carriers: new Set(),
      onStream: (stream) => stream.close(),
      onOpened: () => undefined,
    };
    const device = unset as Device;
    device.links = await this.#openLinks(device);
    this.devices.push(device);
  }

  async #openLinks(device: Device): Promise<MeshLinks> {
    const { key, host, ports } = device;
    const common = {
      own: key,
      net: ports.net,
      host: host.address,
      onCarrier: (carrier: PlainCarrier) => void device.carriers.add(carrier),
    };
    const transports: OpenTransport[] = [
      openPlainTransport({ ...common, directory: this.directory }),
    ];
    if (this.#relayAt !== undefined) {
      transports.push(
        openPlainTransport({ ...common, directory: this.#relayed, name: 'relay' }),
        openPlainTransport({
          ...common,
          directory: this.#relayed,
          name: 'relay',
          relay: { key: RELAY_KEY, at: this.#relayAt },
        }),
      );
    }
    const links = await MeshLinks.open(
      {
        own: key,
        transports,
        admission: { levelOf: this.#levelOf },
        onFailure: (error) => {
          throw error;
        },
      },
      { clock: ports.clock, random: host.ports.random },
      NEVER,
    );
    for (const protocol of ['stream/1', 'other/1']) {
      links.accept(protocol, (stream, from) => device.onStream(stream, from, protocol), 'anyone');
    }
    return links;
  }
}
