/** Items that others store with us (BEP 44): immutable under their hash, mutable under their owner's key. */
import { concatBytes, encodeUtf8, equalBytes } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { KRPC_ERROR } from './krpc-messages.ts';
import type { DhtItem } from './krpc-messages.ts';
import { keyOf } from './node-id.ts';
import type { DhtKey } from './node-id.ts';

/** BEP 44: items may be forgotten after two hours, and who wants them kept repeats them. */
const ITEM_VALID_MS = 2 * 3_600_000;

/** At 1,000 bytes each; beyond it the one that was put longest ago goes. */
const ITEMS_MAX = 2_000;

/** Hashing and checking of signatures, which the core is given. */
export interface DhtCrypto {
  readonly sha1: (bytes: Uint8Array) => Uint8Array;
  /** Ed25519 (RFC 8032). False for whatever is wrong with the key or the signature, too. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

/** Where an item is kept. */
export function itemKey(item: DhtItem, crypto: Pick<DhtCrypto, 'sha1'>): DhtKey {
  if (item.type === 'immutable') return keyOf(crypto.sha1(item.value));
  return mutableKey(item.publicKey, item.salt, crypto);
}

export function mutableKey(
  publicKey: Uint8Array,
  salt: Uint8Array,
  crypto: Pick<DhtCrypto, 'sha1'>,
): DhtKey {
  return keyOf(crypto.sha1(concatBytes([publicKey, salt])));
}

/** What the owner of a mutable item signs: parts of its dictionary as they are bencoded. */
export function signedBytes(
  item: Pick<Extract<DhtItem, { type: 'mutable' }>, 'salt' | 'sequence' | 'value'>,
): Uint8Array {
  const { salt, sequence, value } = item;
  const saltPart = salt.length > 0 ? [encodeUtf8(`4:salt${salt.length}:`), salt] : [];
  return concatBytes([...saltPart, encodeUtf8(`3:seqi${sequence}e1:v`), value]);
}

function isSigned(
  item: Extract<DhtItem, { type: 'mutable' }>,
  crypto: Pick<DhtCrypto, 'verify'>,
): boolean {
  return crypto.verify(item.publicKey, signedBytes(item), item.signature);
}

/** Whether an item that somebody gave is the one that belongs under a key. */
export function isItemOf(item: DhtItem, key: DhtKey, salt: Uint8Array, crypto: DhtCrypto): boolean {
  const whole = item.type === 'mutable' ? { ...item, salt } : item;
  if (itemKey(whole, crypto) !== key) return false;
  return whole.type === 'immutable' || isSigned(whole, crypto);
}

interface StoredItem {
  readonly item: DhtItem;
  readonly putAt: Millis;
}

export class ItemStore {
  readonly #items = new Map<DhtKey, StoredItem>();
  readonly #crypto: DhtCrypto;

  constructor(crypto: DhtCrypto) {
    this.#crypto = crypto;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: DhtKey, now: Millis): DhtItem | undefined {
    const stored = this.#items.get(key);
    if (stored === undefined) return undefined;
    if (now - stored.putAt < ITEM_VALID_MS) return stored.item;
    this.#items.delete(key);
    return undefined;
  }

  /** Undefined when it was stored, else the code of an error. */
  put(item: DhtItem, cas: number | undefined, now: Millis): number | undefined {
    const key = itemKey(item, this.#crypto);
    if (item.type === 'mutable') {
      const old = this.get(key, now);
      const problem = old?.type === 'mutable' ? replaceProblem(old, item, cas) : undefined;
      if (problem !== undefined) return problem;
      if (!isSigned(item, this.#crypto)) return KRPC_ERROR.badSignature;
    }
    this.#items.delete(key); // so that it becomes the youngest
    this.#items.set(key, { item: copyItem(item), putAt: now });
    const [oldest] = this.#items.keys();
    if (this.#items.size > ITEMS_MAX && oldest !== undefined) this.#items.delete(oldest);
    return undefined;
  }

  expire(now: Millis): void {
    for (const [key, { putAt }] of this.#items) {
      if (now - putAt < ITEM_VALID_MS) return; // the rest are younger
      this.#items.delete(key);
    }
  }
}

/** The code of an error when one item may not replace another (BEP 44). */
export function replaceProblem(
  old: Extract<DhtItem, { type: 'mutable' }>,
  item: Extract<DhtItem, { type: 'mutable' }>,
  cas: number | undefined,
): number | undefined {
  if (cas !== undefined && cas !== old.sequence) return KRPC_ERROR.casMismatch;
  if (item.sequence < old.sequence) return KRPC_ERROR.oldSequence;
  const isOther = item.sequence === old.sequence && !equalBytes(item.value, old.value);
  return isOther ? KRPC_ERROR.oldSequence : undefined;
}

/** Items from a datagram are views of it. */
export function copyItem(item: DhtItem): DhtItem {
  if (item.type === 'immutable') return { type: 'immutable', value: item.value.slice() };
  return {
    ...item,
    value: item.value.slice(),
    publicKey: item.publicKey.slice(),
    salt: item.salt.slice(),
    signature: item.signature.slice(),
  };
}
