/** What is kept of the identity, on the disk and as it is used; and what its root key signs. Changed in one step at a time. */
import { deviceKeyOf, LocalFault } from '@coequal/base';
import type { Clock, DeviceKey, Disk, Ed25519, Random, SafePath, SlowHash } from '@coequal/base';
import { decodeDeviceList, encodeDeviceList } from '../../core/identity/device-list.ts';
import type { DeviceList } from '../../core/identity/device-list.ts';
import { judgeList, requireFits } from '../../core/identity/next-list.ts';
import { DEVICE_SECRET_LENGTH } from '../../core/identity/stored-identity.ts';
import type {
  KeptWords,
  StoredIdentity,
  StoredPerson,
} from '../../core/identity/stored-identity.ts';
import { IdentityFile } from './identity-file.ts';
import { openRoot, RootLock } from './root.ts';
import type { Root } from './root.ts';

export interface IdentityPorts {
  readonly disk: Disk;
  readonly random: Random;
  readonly clock: Clock;
  readonly ed25519: Ed25519;
  readonly slowHash: SlowHash;
}

export type WithWords = Extract<StoredPerson, { type: 'created' | 'checked' | 'restored' }>;

export class KeptIdentity implements Disposable {
  readonly lock: RootLock;
  readonly #ports: IdentityPorts;
  readonly #file: IdentityFile;
  readonly #onChange: () => void;
  #stored: StoredIdentity;
  #device: DeviceKey;
  #list: DeviceList | undefined;
  #changing: Promise<unknown> = Promise.resolve();

  /** Throws LocalFault `IDENTITY_UNREADABLE`, and those of the disk. */
  static async open(
    folder: SafePath,
    ports: IdentityPorts,
    onChange: () => void,
  ): Promise<KeptIdentity> {
    const file = new IdentityFile(ports.disk, folder);
    const stored = (await file.read()) ?? newStored(ports.random);
    await file.tidy();
    try {
      return new KeptIdentity(ports, file, stored, onChange);
    } catch (cause) {
      // whole, and yet its list is none: it was written by something else
      throw new LocalFault('IDENTITY_UNREADABLE', { path: folder }, { cause });
    }
  }

  private constructor(
    ports: IdentityPorts,
    file: IdentityFile,
    stored: StoredIdentity,
    onChange: () => void,
  ) {
    this.#ports = ports;
    this.#file = file;
    this.#onChange = onChange;
    this.lock = new RootLock(ports.clock, onChange);
    this.#stored = stored;
    this.#device = this.deviceOf(stored);
    this.#list = this.#listOf(stored);
  }

  get stored(): StoredIdentity {
    return this.#stored;
  }

  get person(): StoredPerson {
    return this.#stored.person;
  }

  get device(): DeviceKey {
    return this.#device;
  }

  get list(): DeviceList | undefined {
    return this.#list;
  }

  get isRevoked(): boolean {
    return this.#list?.revoked.includes(this.#device) ?? false;
  }

  /** Throws LocalFault `NO_IDENTITY`, `WORDS_NOT_HERE`. */
  withWords(): WithWords {
    const { person } = this;
    if (person.type === 'none') throw new LocalFault('NO_IDENTITY');
    if (!hasWords(person)) throw new LocalFault('WORDS_NOT_HERE');
    return person;
  }

  /** One after another, also when one fails. */
  change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work, work);
    this.#changing = done.catch(() => undefined); // its caller has the error
    return done;
  }

  async keep(person: StoredPerson): Promise<void> {
    await this.write({ ...this.#stored, person });
    this.#onChange();
  }

  async write(stored: StoredIdentity): Promise<void> {
    await this.#file.write(stored);
    this.#stored = stored;
    this.#device = this.deviceOf(stored);
    this.#list = this.#listOf(stored);
  }

  /** The root key that is held, or of words that are kept in clear. Rejects with LocalFault `IDENTITY_LOCKED`. */
  async root(words: KeptWords): Promise<Root> {
    const { root } = this.lock;
    if (root !== undefined) return root;
    if (words.type === 'sealed') throw new LocalFault('IDENTITY_LOCKED');
    return await this.hold(words.entropy);
  }

  async hold(entropy: Uint8Array): Promise<Root> {
    const root = await openRoot(entropy, this.#ports.slowHash);
    this.lock.hold(root);
    return root;
  }

  encode(list: DeviceList, { secret }: Root): Uint8Array {
    return encodeDeviceList(list, (message) => this.#ports.ed25519.sign(secret, message));
  }

  /** Signs what `change` makes of the newest list, the pending one merged into it. As `root`, and those of `change`. */
  async sign(change: (list: DeviceList) => DeviceList): Promise<void> {
    const person = this.withWords();
    const held = this.#list;
    if (held === undefined) throw new LocalFault('NO_IDENTITY');
    const root = await this.root(person.words);
    const changed = change(this.#withPending(held, person.pending));
    if (changed === held && person.pending === undefined) return;
    requireFits(changed);
    const list = changed === held ? person.list : this.encode(changed, root);
    await this.keep({ ...person, list, pending: undefined });
  }

  #withPending(held: DeviceList, pending: Uint8Array | undefined): DeviceList {
    if (pending === undefined) return held;
    const verdict = judgeList(held, decodeDeviceList(pending, this.#ports.ed25519));
    return verdict.type === 'merge' ? verdict.list : held;
  }

  deviceOf({ deviceSecret }: StoredIdentity): DeviceKey {
    return deviceKeyOf(this.#ports.ed25519.publicKey(deviceSecret));
  }

  #listOf({ person }: StoredIdentity): DeviceList | undefined {
    return person.type === 'none' ? undefined : decodeDeviceList(person.list, this.#ports.ed25519);
  }

  [Symbol.dispose](): void {
    this.lock[Symbol.dispose]();
  }
}

export function newStored(random: Random): StoredIdentity {
  return { deviceSecret: random.bytes(DEVICE_SECRET_LENGTH), person: { type: 'none' } };
}

export function hasWords(person: StoredPerson): person is WithWords {
  return person.type !== 'none' && person.type !== 'member';
}
