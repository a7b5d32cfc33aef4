/** Adding a device, as the page sees it: one at a time, ended by a person or by time. */
import { isAbort, LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { AnswerPairing, DevicePairing } from '@coequal/contract';
import { admitDevice, isDeviceName, joinPerson } from '@coequal/mesh/identity';
import type { Identity, OtherDevice, PairPorts, ProvenChannel } from '@coequal/mesh/identity';
import { explain } from '../peer/explain.ts';
import type { PairingDesk } from './identity-handlers.ts';

/** Time to walk to the other device, type the code and compare. */
const PAIRING_MS = 600_000;

/** How two devices come to know of each other that both have the same code. */
export interface PairingWays {
  /** A fresh code, and the channel to whoever proves to have it. */
  offer(signal: AbortSignal): Promise<PairingOffer>;
  /** Throws LocalFault `BAD_CODE` for what cannot be one. */
  check?(code: string): void;
  /** The channel to the device that shows the code, or the link of it. */
  join(code: string, signal: AbortSignal): Promise<ProvenChannel>;
}

export interface PairingOffer {
  readonly code: string;
  readonly link?: string;
  /** From where a device can come by it; undefined while that is not known. */
  readonly reach?: DevicePairing['reach'];
  readonly channel: Promise<ProvenChannel>;
}

export interface PairingParts {
  readonly identity: Identity;
  readonly ports: PairPorts & { readonly clock: Clock };
  /** Undefined while there are no links. */
  readonly ways: () => PairingWays | undefined;
  readonly deviceName: string;
  readonly onChange: () => void;
}

export class DevicePairings implements PairingDesk, Disposable {
  readonly #parts: PairingParts;
  #state: DevicePairing = { state: 'none' };
  /** Of the code that is shown. */
  #offered: PairingOffer | undefined;
  #stop: ((why: Error) => void) | undefined;
  #task: Promise<void> = Promise.resolve();
  #decide: ((isWanted: boolean) => void) | undefined;

  constructor(parts: PairingParts) {
    this.#parts = parts;
  }

  show(): DevicePairing {
    const reach = this.#state.state === 'waiting' ? this.#offered?.reach : undefined;
    return { ...this.#state, ...(reach !== undefined && { reach }) };
  }

  async start(): Promise<DevicePairing> {
    const { identity } = this.#parts;
    if (identity.own === undefined) throw new LocalFault('NO_IDENTITY');
    if (identity.state === 'member') throw new LocalFault('WORDS_NOT_HERE');
    const ways = this.#needWays();
    const { signal, validUntil } = this.#begin();
    this.#offered = await this.#offer(ways, signal);
    const { code, link, channel } = this.#offered;
    const shown = { code, validUntil, ...(link !== undefined && { link }) };
    this.#set({ state: 'waiting', ...shown });
    this.#task = this.#run(signal, async () => {
      const confirm = (other: OtherDevice): Promise<boolean> => this.#ask(other, signal);
      const added = await admitDevice(identity, await channel, confirm, this.#parts.ports, signal);
      this.#set(added === undefined ? { state: 'none' } : { ...this.#state, state: 'joined' });
    });
    return this.show();
  }

  async join({ code, deviceName }: { code: string; deviceName?: string }): Promise<DevicePairing> {
    const { identity, ports } = this.#parts;
    if (!identity.canJoin) throw new LocalFault('IDENTITY_EXISTS');
    const name = deviceName ?? this.#parts.deviceName;
    if (!isDeviceName(name)) throw new LocalFault('BAD_DEVICE_NAME');
    const ways = this.#needWays();
    ways.check?.(code);
    const { signal } = this.#begin();
    this.#set({ state: 'looking' });
    this.#task = this.#run(signal, async () => {
      const channel = await ways.join(code, signal);
      await joinPerson(identity, name, channel, (other) => this.#showOther(other), ports, signal);
      this.#set({ ...this.#state, state: 'joined' });
    });
    return this.#state;
  }

  async answer({ accept, passPhrase }: AnswerPairing): Promise<DevicePairing> {
    const { identity } = this.#parts;
    if (this.#decide === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'answer' });
    if (accept && passPhrase !== undefined) await identity.unlock(passPhrase);
    if (accept && !identity.isUnlocked) throw new LocalFault('IDENTITY_LOCKED');
    this.#decide?.(accept);
    this.#decide = undefined;
    await this.#task;
    return this.#state;
  }

  cancel(): void {
    this.#stop?.(new DOMException('cancelled', 'AbortError'));
    this.#set({ state: 'none' });
  }

  [Symbol.dispose](): void {
    this.#stop?.(new DOMException('the owner was closed', 'AbortError'));
  }

  #needWays(): PairingWays {
    const ways = this.#parts.ways();
    if (ways === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'links' });
    if (this.#stop !== undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'pairing' });
    return ways;
  }

  /** What cannot be offered leaves room for another try. */
  async #offer(ways: PairingWays, signal: AbortSignal): Promise<PairingOffer> {
    const stop = this.#stop;
    try {
      return await ways.offer(signal);
    } catch (error) {
      stop?.(new DOMException('done', 'AbortError'));
      throw error;
    }
  }

  #begin(): { signal: AbortSignal; validUntil: number } {
    const { clock } = this.#parts.ports;
    const stopping = new AbortController();
    const stop = (why: Error): void => {
      cancel();
      stopping.abort(why);
      if (this.#stop === stop) this.#stop = undefined;
      this.#decide = undefined;
    };
    const timeout = (): void => stop(new LocalFault('PAIRING_ENDED'));
    const cancel = clock.at(clock.now() + PAIRING_MS, timeout);
    this.#stop = stop;
    return { signal: stopping.signal, validUntil: clock.epochNow() + PAIRING_MS };
  }

  async #run(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const stop = this.#stop;
    try {
      await work();
    } catch (error) {
      const isCancelled = isAbort(error, signal) && !(error instanceof LocalFault);
      if (!isCancelled) this.#set({ state: 'failed', problem: explain(error) });
    } finally {
      stop?.(new DOMException('done', 'AbortError'));
    }
  }

  #ask(other: OtherDevice, signal: AbortSignal): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    this.#decide = resolve;
    this.#showOther(other);
    return promise;
  }

  #showOther({ key, name, confirmCode }: OtherDevice): void {
    this.#set({ ...this.#state, state: 'asking', other: { key, name }, confirmCode });
  }

  #set(state: DevicePairing): void {
    this.#state = state;
    this.#parts.onChange();
  }
}
