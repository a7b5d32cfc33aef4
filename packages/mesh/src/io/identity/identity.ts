/**
 * Who this device belongs to: makes, keeps, restores and changes it (DESIGN.md section 2). Whatever it resolves is on the
 * disk. Changes are made one after another.
 */
import { equalBytes, LocalFault, PeerFault } from '@coequal/base';
import type { DeviceKey, SafePath, ScryptCost } from '@coequal/base';
import { decodeDeviceList } from '../../core/identity/device-list.ts';
import type { DeviceEntry, DeviceList } from '../../core/identity/device-list.ts';
import {
  firstList,
  judgeList,
  withDevice,
  withName,
  withoutDevice,
} from '../../core/identity/next-list.ts';
import { personKeyOf } from '../../core/identity/person-key.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import { walletWordsOf } from '../../core/identity/root-key.ts';
import type { KeptWords, StoredPerson } from '../../core/identity/stored-identity.ts';
import { ENTROPY_LENGTH, readWords, wordsOf } from '../../core/identity/words.ts';
import { hasWords, KeptIdentity, newStored } from './kept-identity.ts';
import type { IdentityPorts } from './kept-identity.ts';
import { openRoot } from './root.ts';
import { openWords, requirePassPhrase, SEAL_COST, sealWords } from './sealed-words.ts';
import { WordCheck } from './word-check.ts';
import type { WordAnswer } from './word-check.ts';

export interface IdentityOptions {
  /** Of the data directory; its owner has the lock. */
  readonly folder: SafePath;
  /** After each change, and when the root key was forgotten. */
  readonly onChange?: () => void;
  /** Of the seal; tests make it small. */
  readonly sealCost?: ScryptCost;
}

/** What others need to speak as this device. */
export interface OwnIdentity {
  readonly person: PersonKey;
  readonly device: DeviceKey;
  readonly deviceList: DeviceList;
  readonly encodedDeviceList: Uint8Array;
  /** An Ed25519 seed of 32 bytes. */
  deviceSecret(): Uint8Array;
  /** As `Identity.learnList`. */
  learnList(encodedList: Uint8Array): Promise<LearnedList>;
}

/**
 * What became of a list of this person. `parted`: two of its devices changed their lists without knowing of each other,
 * and here is nothing that could sign both as one; `waiting`: it could, once it is unlocked.
 */
export type LearnedList = 'known' | 'adopted' | 'signed' | 'waiting' | 'parted';

export interface NewPerson {
  readonly deviceName: string;
  /** Without one the words are kept readable for the owner of the account. */
  readonly passPhrase?: string | undefined;
}

export class Identity implements Disposable {
  readonly #kept: KeptIdentity;
  readonly #ports: IdentityPorts;
  readonly #onChange: () => void;
  readonly #sealCost: ScryptCost;
  readonly #check: WordCheck;

  /** Throws LocalFault `IDENTITY_UNREADABLE`, and those of the disk. */
  static async open(options: IdentityOptions, ports: IdentityPorts): Promise<Identity> {
    const { folder, onChange = () => undefined } = options;
    const kept = await KeptIdentity.open(folder, ports, onChange);
    return new Identity(kept, ports, onChange, options.sealCost ?? SEAL_COST);
  }

  private constructor(
    kept: KeptIdentity,
    ports: IdentityPorts,
    onChange: () => void,
    sealCost: ScryptCost,
  ) {
    this.#kept = kept;
    this.#ports = ports;
    this.#onChange = onChange;
    this.#sealCost = sealCost;
    this.#check = new WordCheck(ports.random);
  }

  get state(): StoredPerson['type'] {
    return this.#kept.person.type;
  }

  /** Of this device, also while it is nobody's: by it a new device is reached to be paired. */
  get device(): DeviceKey {
    return this.#kept.device;
  }

  deviceSecret(): Uint8Array {
    return this.#kept.stored.deviceSecret.slice();
  }

  /** Undefined while there is nobody, and once this device was revoked. */
  get own(): OwnIdentity | undefined {
    const { person } = this.#kept.stored;
    const list = this.#kept.list;
    if (person.type === 'none' || list === undefined || this.isRevoked) return undefined;
    return {
      person: list.person,
      device: this.#kept.device,
      deviceList: list,
      encodedDeviceList: person.list,
      deviceSecret: () => this.deviceSecret(),
      learnList: (encodedList) => this.learnList(encodedList),
    };
  }

  /** By pairing: as somebody's new device, or, restored from their words, beside those that they have. */
  get canJoin(): boolean {
    return this.state === 'none' || (this.state === 'restored' && !this.isRevoked);
  }

  /** The newest of this person that is known here; also when this device is not in it any more. */
  get deviceList(): DeviceList | undefined {
    return this.#kept.list;
  }

  get isRevoked(): boolean {
    return this.#kept.isRevoked;
  }

  get isSealed(): boolean {
    const { person } = this.#kept.stored;
    return hasWords(person) && person.words.type === 'sealed';
  }

  /** What the root key signs can be signed now. */
  get isUnlocked(): boolean {
    return hasWords(this.#kept.person) && (!this.isSealed || this.#kept.lock.root !== undefined);
  }

  /** Epoch milliseconds; undefined while it is locked, or not sealed at all. */
  get unlockedUntil(): number | undefined {
    return this.isSealed ? this.#kept.lock.untilEpochMs : undefined;
  }

  /** Another list of this person came, and both have to be signed as one. */
  get needsSigning(): boolean {
    const { person } = this.#kept.stored;
    return hasWords(person) && person.pending !== undefined;
  }

  /** Resolves to the words. Rejects with LocalFault `IDENTITY_EXISTS`, `PASS_PHRASE_SHORT`, `BAD_DEVICE_NAME`. */
  create(request: NewPerson): Promise<readonly string[]> {
    return this.#kept.change(async () => {
      if (this.state !== 'none') throw new LocalFault('IDENTITY_EXISTS');
      const entropy = this.#ports.random.bytes(ENTROPY_LENGTH);
      await this.#begin('created', entropy, request);
      return wordsOf(entropy);
    });
  }

  /**
   * On a new device; on one that joined by pairing the words are kept here, too; on one that was revoked, with a new
   * device key. Rejects with LocalFault `BAD_WORDS`, `IDENTITY_EXISTS`, `OTHER_WORDS`, and as `create`.
   */
  restore(text: string, request: NewPerson): Promise<void> {
    return this.#kept.change(async () => {
      if (hasWords(this.#kept.person) && !this.isRevoked) throw new LocalFault('IDENTITY_EXISTS');
      await this.#begin('restored', entropyOf(text), request);
    });
  }

  /**
   * The words again: with the pass phrase, or, while they are not checked, without one if there is none. Rejects with
   * LocalFault `PASS_PHRASE_MISSING`, `PASS_PHRASE_WRONG`, `PASS_PHRASE_NOT_SET`.
   */
  showWords(passPhrase?: string): Promise<readonly string[]> {
    return this.#kept.change(async () => {
      const { type, words } = this.#kept.withWords();
      if (words.type === 'sealed') return wordsOf(await this.#unsealed(words, passPhrase));
      if (type !== 'created') throw new LocalFault('PASS_PHRASE_NOT_SET');
      return wordsOf(words.entropy);
    });
  }

  /** Which words to ask for. */
  askForWords(): readonly number[] {
    this.#kept.withWords();
    return this.#check.ask();
  }

  /** Rejects with LocalFault `NOT_POSSIBLE_NOW` (nothing was asked), `WORDS_DIFFER`, `IDENTITY_LOCKED`. */
  checkWords(answers: readonly WordAnswer[]): Promise<void> {
    return this.#kept.change(async () => {
      const person = this.#kept.withWords();
      const { entropy } = await this.#kept.root(person.words);
      this.#check.answer(answers, wordsOf(entropy));
      if (person.type === 'created') await this.#kept.keep({ ...person, type: 'checked' });
    });
  }

  /** `next` undefined: no pass phrase. Rejects with LocalFault `PASS_PHRASE_SHORT`, `_MISSING`, `_WRONG`. */
  changePassPhrase(current: string | undefined, next: string | undefined): Promise<void> {
    return this.#kept.change(async () => {
      const person = this.#kept.withWords();
      const { words } = person;
      if (next !== undefined) requirePassPhrase(next);
      const entropy =
        words.type === 'sealed' ? await this.#unsealed(words, current) : words.entropy;
      await this.#kept.keep({ ...person, words: await this.#words(entropy, next) });
    });
  }

  /** For UNLOCKED_MS. Rejects with LocalFault `PASS_PHRASE_WRONG`. */
  unlock(passPhrase: string): Promise<void> {
    return this.#kept.change(async () => {
      const { words } = this.#kept.withWords();
      if (words.type === 'sealed') await this.#kept.hold(await this.#unsealed(words, passPhrase));
      if (this.needsSigning) await this.#kept.sign((list) => list);
      this.#onChange();
    });
  }

  lock(): void {
    this.#kept.lock.forget();
    this.#onChange();
  }

  /** Rejects with LocalFault `IDENTITY_LOCKED`, `WORDS_NOT_HERE`, `TOO_MANY_DEVICES`, `DEVICE_REVOKED`. */
  addDevice(device: Omit<DeviceEntry, 'addedAt'>): Promise<void> {
    return this.#kept.change(() =>
      this.#kept.sign((list) => withDevice(list, { ...device, addedAt: this.#epochSeconds() })),
    );
  }

  /** Rejects with LocalFault `NO_SUCH_DEVICE`, `BAD_DEVICE_NAME`, `IDENTITY_LOCKED`, `WORDS_NOT_HERE`. */
  renameDevice(key: DeviceKey, name: string): Promise<void> {
    return this.#kept.change(() =>
      this.#kept.sign((list) => withName(list, key, name, this.#epochSeconds())),
    );
  }

  /** For ever. Rejects with LocalFault `NOT_THIS_DEVICE`, and as `renameDevice`. */
  revokeDevice(key: DeviceKey): Promise<void> {
    return this.#kept.change(async () => {
      if (key === this.#kept.device) throw new LocalFault('NOT_THIS_DEVICE');
      await this.#kept.sign((list) => withoutDevice(list, key, this.#epochSeconds()));
    });
  }

  /** Before this device shows its key to be paired: it must have the secret of it afterwards, whatever happens. */
  keepDevice(): Promise<void> {
    return this.#kept.change(() => this.#kept.write(this.#kept.stored));
  }

  /**
   * This device is in a list that the root key of another one signed; one that was restored from words finds the others
   * so. Rejects with PeerFault `BAD_DEVICE_LIST`, `BAD_SIGNATURE`, `DEVICE_NOT_CERTIFIED`, or LocalFault `IDENTITY_EXISTS`.
   */
  async join(encodedList: Uint8Array): Promise<void> {
    if (this.canJoin && this.state !== 'none') {
      await this.learnList(encodedList);
      return;
    }
    await this.#kept.change(async () => {
      if (this.state !== 'none') throw new LocalFault('IDENTITY_EXISTS');
      const list = decodeDeviceList(encodedList, this.#ports.ed25519);
      if (!hasDevice(list, this.#kept.device)) throw new PeerFault('DEVICE_NOT_CERTIFIED');
      await this.#kept.keep({ type: 'member', list: encodedList.slice() });
    });
  }

  /**
   * A list of this person that an own device or a contact has. Where both differ and the words are here, one that holds
   * both is signed, at once or when it is unlocked. Rejects with PeerFault `BAD_DEVICE_LIST`, `BAD_SIGNATURE`,
   * `OTHER_PERSON`.
   */
  learnList(encodedList: Uint8Array): Promise<LearnedList> {
    return this.#kept.change(async () => {
      const { person } = this.#kept.stored;
      const held = this.#kept.list;
      if (person.type === 'none' || held === undefined) return 'known';
      const come = decodeDeviceList(encodedList, this.#ports.ed25519);
      if (come.person !== held.person) throw new PeerFault('OTHER_PERSON');
      const verdict = judgeList(held, come);
      if (verdict.type === 'known') return 'known';
      const bytes = encodedList.slice();
      if (person.type === 'member') {
        // one that does not know of this device yet comes again when it does
        const names =
          hasDevice(come, this.#kept.device) || come.revoked.includes(this.#kept.device);
        // of an older one its own device hears from this one, and signs what has both
        if (verdict.type === 'merge') return come.number < held.number ? 'known' : 'parted';
        if (!names) return 'known';
        await this.#kept.keep({ ...person, list: bytes });
        return 'adopted';
      }
      if (verdict.type === 'adopt') {
        await this.#kept.keep({ ...person, list: bytes });
        return 'adopted';
      }
      const isKnown = person.pending !== undefined && equalBytes(person.pending, bytes);
      if (isKnown && !this.isUnlocked) return 'waiting';
      await this.#kept.keep({ ...person, pending: this.#waiting(person.pending, bytes, come) });
      if (!this.isUnlocked) return 'waiting';
      await this.#kept.sign((list) => list);
      return 'signed';
    });
  }

  /** The words of the wallet (BIP85). Rejects with LocalFault `IDENTITY_LOCKED`, `WORDS_NOT_HERE`. */
  walletWords(index = 0): Promise<readonly string[]> {
    return this.#kept.change(async () =>
      walletWordsOf((await this.#kept.root(this.#kept.withWords().words)).seed, index),
    );
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
  }

  async #begin(
    type: 'created' | 'restored',
    entropy: Uint8Array,
    request: NewPerson,
  ): Promise<void> {
    const { deviceName, passPhrase } = request;
    if (passPhrase !== undefined) requirePassPhrase(passPhrase);
    const root = await openRoot(entropy, this.#ports.slowHash);
    const person = personKeyOf(this.#ports.ed25519.publicKey(root.secret));
    const known = this.#kept.list;
    if (known !== undefined && known.person !== person) throw new LocalFault('OTHER_WORDS');
    const stored = this.isRevoked ? newStored(this.#ports.random) : this.#kept.stored;
    const key = this.#kept.deviceOf(stored);
    const entry = { key, name: deviceName, addedAt: this.#epochSeconds() };
    const list = known === undefined ? firstList(person, entry) : withDevice(known, entry);
    const encoded = this.#kept.encode(list, root);
    const words = await this.#words(entropy, passPhrase);
    await this.#kept.write({
      ...stored,
      person: { type, words, list: encoded, pending: undefined },
    });
    this.#kept.lock.hold(root);
    this.#onChange();
  }

  /** Of two lists that wait to be merged, the one that has more; what the other has comes again. */
  #waiting(pending: Uint8Array | undefined, bytes: Uint8Array, come: DeviceList): Uint8Array {
    if (pending === undefined) return bytes;
    const { number } = decodeDeviceList(pending, this.#ports.ed25519);
    return number > come.number ? pending : bytes;
  }

  async #unsealed(
    words: Extract<KeptWords, { type: 'sealed' }>,
    passPhrase: string | undefined,
  ): Promise<Uint8Array> {
    if (passPhrase === undefined) throw new LocalFault('PASS_PHRASE_MISSING');
    return await openWords(words, passPhrase, this.#ports.slowHash);
  }

  async #words(entropy: Uint8Array, passPhrase: string | undefined): Promise<KeptWords> {
    if (passPhrase === undefined) return { type: 'clear', entropy: entropy.slice() };
    return await sealWords(entropy, passPhrase, this.#sealCost, this.#ports);
  }

  #epochSeconds(): number {
    return Math.floor(this.#ports.clock.epochNow() / 1_000);
  }
}

function hasDevice(list: DeviceList, key: DeviceKey): boolean {
  return list.devices.some((device) => device.key === key);
}

/** Throws LocalFault `BAD_WORDS`, with what is wrong. */
function entropyOf(text: string): Uint8Array {
  const reading = readWords(text);
  switch (reading.type) {
    case 'good':
      return reading.entropy;
    case 'count':
      throw new LocalFault('BAD_WORDS', { problem: 'COUNT', count: reading.count });
    case 'unknown':
      throw new LocalFault('BAD_WORDS', {
        problem: 'UNKNOWN',
        position: reading.wrong[0]?.position,
      });
    case 'mixed-up':
      throw new LocalFault('BAD_WORDS', { problem: 'MIXED_UP' });
  }
}
