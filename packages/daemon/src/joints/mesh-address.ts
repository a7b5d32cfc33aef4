/** Addresses that stand for devices, so that the file engine can name them: nobody is there, and none is ever sent. */
import { assert, deviceKeyBytes } from '@coequal/base';
import type { DeviceKey, Endpoint } from '@coequal/base';

/** A locally assigned unique local address (RFC 4193): no network that it could be taken for has one of these. */
const PREFIX = 0xfd;
const ADDRESS_LENGTH = 16;
/** One for all: a device has one engine for what it hands over. */
const PORT = 1;
/** Addresses that are remembered. Of who is forgotten no stream is dialled until it is named again. */
const DEVICES_MAX = 4_096;

/**
 * The first half of an address is what the engine takes for one person's network, in bans and limits: seven bytes of
 * the key are in it, so that each device stands for itself.
 */
export class MeshAddresses {
  readonly #devices = new Map<string, DeviceKey>();

  endpointOf(device: DeviceKey): Endpoint {
    const host = hostOf(device);
    const before = this.#devices.get(host);
    // to make a second key for 120 bits of another is beyond anybody
    assert(before === undefined || before === device, 'two devices have one address');
    this.#devices.delete(host); // the newest go last
    this.#devices.set(host, device);
    const [oldest] = this.#devices.keys();
    if (this.#devices.size > DEVICES_MAX && oldest !== undefined) this.#devices.delete(oldest);
    return { host, port: PORT };
  }

  deviceAt({ host }: Endpoint): DeviceKey | undefined {
    return this.#devices.get(host);
  }
}

/** As RFC 5952 writes it, but for runs of zeros: a key that has one is as likely as a guess of 32 bits. */
function hostOf(device: DeviceKey): string {
  const bytes = new Uint8Array(ADDRESS_LENGTH);
  bytes[0] = PREFIX;
  bytes.set(deviceKeyBytes(device).subarray(0, ADDRESS_LENGTH - 1), 1);
  const groups: string[] = [];
  // never zero: a group that is would be shortened, and the same address be written in two ways
  for (let at = 0; at < ADDRESS_LENGTH; at += 2)
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0) || 1).toString(16));
  return groups.join(':');
}
