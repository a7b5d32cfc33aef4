/** What is not as it should be between own devices: told once, and shown until it is over. */
import { LocalFault } from '@coequal/base';
import type { DeviceKey, PeerFault } from '@coequal/base';
import type { LearnedList, OwnIdentity } from '@coequal/mesh/identity';

/** Of one device; the oldest is forgotten. There are no more devices. */
const TROUBLES_MAX = 16;

export interface TroubleView {
  readonly tell: (code: string, details: Readonly<Record<string, string>>) => void;
  readonly onProblem: (error: unknown) => void;
  readonly publish: (event: { readonly type: 'identity' }) => void;
}

export class OwnTrouble {
  readonly #view: TroubleView;
  /** By the device that it is with; of the lists as a whole, by nothing. */
  readonly #troubles = new Map<DeviceKey | undefined, LocalFault>();

  constructor(view: TroubleView) {
    this.#view = view;
  }

  /** The first that is not over. */
  get current(): LocalFault | undefined {
    const [first] = this.#troubles.values();
    return first;
  }

  /** With another device of this person's, in words: which, and what about it. */
  with(
    device: DeviceKey,
    { code, details }: PeerFault,
    own: Pick<OwnIdentity, 'deviceList'>,
  ): void {
    const name = own.deviceList.devices.find(({ key }) => key === device)?.name ?? '';
    const minutes = Math.round(Math.abs(Number(details['aheadMs'] ?? 0)) / 60_000);
    this.#note(
      device,
      code === 'OWN_CLOCK_DIFFERS'
        ? new LocalFault(code, { name, minutes })
        : new LocalFault('OWN_DEVICE_PROBLEM', { name, problem: code }),
    );
  }

  /** What became of a list of this person that another device had. */
  learned(became: LearnedList, isRevoked: boolean): void {
    switch (became) {
      case 'known':
        return;
      case 'adopted':
      case 'signed':
        this.#end(undefined);
        if (isRevoked) this.#view.onProblem(new LocalFault('OWN_DEVICE_REVOKED'));
        else this.#view.tell('OWN_LIST_NEW', {});
        return;
      case 'waiting':
      case 'parted':
        this.#note(undefined, new LocalFault('OWN_LISTS_DIFFER'));
    }
  }

  /** These have all that this one has. */
  settled(devices: readonly DeviceKey[]): void {
    for (const device of devices) this.#end(device);
  }

  #note(about: DeviceKey | undefined, fault: LocalFault): void {
    const before = this.#troubles.get(about);
    const [oldest] = this.#troubles.keys();
    if (before === undefined && this.#troubles.size >= TROUBLES_MAX) this.#troubles.delete(oldest);
    this.#troubles.set(about, fault);
    if (before?.code === fault.code) return;
    this.#view.onProblem(fault);
    this.#view.publish({ type: 'identity' });
  }

  #end(about: DeviceKey | undefined): void {
    if (this.#troubles.delete(about)) this.#view.publish({ type: 'identity' });
  }
}
