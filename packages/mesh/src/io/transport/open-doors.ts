/**
 * Keeps this side's router open for devices that may come, while there is nobody who could introduce them: who knows
 * where this device was then reaches it, though the router lets in nothing but answers. A datagram of one byte goes to
 * where each was last, from the port by which it would come in.
 */
import type { Cancel, Clock, DeviceKey, Endpoint, Millis } from '@coequal/base';

/** Routers forget after 30 s what was not answered, or later. */
const KNOCK_EACH_MS: Millis = 20_000;

/** Addresses in one round: 200 bytes a second at most. */
const DOORS_MAX = 128;

export interface DoorsView {
  readonly clock: Clock;
  /** Whether nobody introduces others to this device. */
  isLost(): boolean;
  /** Who may come, and is not there. */
  awaited(): readonly DeviceKey[];
  addressesOf(device: DeviceKey): readonly Endpoint[];
  knock(at: Endpoint): void;
}

export class OpenDoors implements Disposable {
  readonly #view: DoorsView;
  #cancel: Cancel;

  constructor(view: DoorsView) {
    this.#view = view;
    this.#cancel = this.#later();
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #later(): Cancel {
    const { clock } = this.#view;
    return clock.at(clock.now() + KNOCK_EACH_MS, () => {
      this.#cancel = this.#later();
      this.#knock();
    });
  }

  #knock(): void {
    const view = this.#view;
    if (!view.isLost()) return;
    const doors = view.awaited().flatMap((device) => view.addressesOf(device));
    for (const at of doors.slice(0, DOORS_MAX)) view.knock(at);
  }
}
