/**
 * Collections that hold no table while they are empty. An empty Map or Set takes 200 bytes, a thousand
 * torrents at rest have dozens each, and nearly all of them are empty nearly always. An iteration does not
 * see what is added after it has seen the last entry removed.
 */

/** As Map, as far as it goes. */
export class LeanMap<Key, Value> {
  #entries: Map<Key, Value> | undefined;

  get size(): number {
    return this.#entries === undefined ? 0 : this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries?.get(key);
  }

  has(key: Key): boolean {
    return this.#entries !== undefined && this.#entries.has(key);
  }

  set(key: Key, value: Value): this {
    (this.#entries ??= new Map()).set(key, value);
    return this;
  }

  /** Returns whether it was there. */
  delete(key: Key): boolean {
    if (this.#entries?.delete(key) !== true) return false;
    if (this.#entries.size === 0) this.#entries = undefined;
    return true;
  }

  clear(): void {
    this.#entries = undefined;
  }

  keys(): MapIterator<Key> {
    return (this.#entries ?? NO_ENTRIES).keys();
  }

  values(): MapIterator<Value> {
    return (this.#entries ?? NO_ENTRIES).values();
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return (this.#entries ?? NO_ENTRIES)[Symbol.iterator]();
  }
}

/** As Set, as far as it goes. */
export class LeanSet<Item> {
  #items: Set<Item> | undefined;

  get size(): number {
    return this.#items === undefined ? 0 : this.#items.size;
  }

  has(item: Item): boolean {
    return this.#items !== undefined && this.#items.has(item);
  }

  add(item: Item): this {
    (this.#items ??= new Set()).add(item);
    return this;
  }

  /** Returns whether it was there. */
  delete(item: Item): boolean {
    if (this.#items?.delete(item) !== true) return false;
    if (this.#items.size === 0) this.#items = undefined;
    return true;
  }

  clear(): void {
    this.#items = undefined;
  }

  [Symbol.iterator](): SetIterator<Item> {
    return (this.#items ?? NO_ITEMS).values();
  }
}

/** Iterated over for what is empty; nothing is ever put into them. */
const NO_ENTRIES = new Map<never, never>();
const NO_ITEMS = new Set<never>();
