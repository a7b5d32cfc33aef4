/** When contacts are told anew where this device is: as soon as it is another place, and not again and again. */
import type { Millis } from '@coequal/base';
import type { TellableAddress } from '@coequal/mesh';

/** Nodes and contacts say where they see this device: whoever says another place each time makes it tell so often. */
const TELL_EACH_MS: Millis = 10_000;

export class PlaceNews {
  #told: string;
  #toldAt: Millis = -Infinity;

  /** With what is told to everybody who is met. */
  constructor(addresses: readonly TellableAddress[]) {
    this.#told = textOf(addresses);
  }

  /** Whether it is to be told now. */
  isDue(addresses: readonly TellableAddress[], now: Millis): boolean {
    const text = textOf(addresses);
    if (text === this.#told || now < this.#toldAt + TELL_EACH_MS) return false;
    this.#told = text;
    this.#toldAt = now;
    return true;
  }
}

function textOf(addresses: readonly TellableAddress[]): string {
  return addresses.map(({ kind, host, port }) => `${kind} ${host} ${port}`).join();
}
