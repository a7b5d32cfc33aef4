/** Who is to blame for a piece whose hash was wrong: a peer that sent it alone, or that is there each time. */

/** Wrong pieces that a peer had a part in, with others, before it is taken for the one who lies. */
const SHARED_BLAME_MAX = 3;
/** Addresses remembered; beyond it the oldest is forgotten. */
const ADDRESSES_MAX = 1_000;

export class Blame {
  readonly #counts = new Map<string, number>();

  /** The addresses, of those who sent blocks of a wrong piece, that are to be banned. */
  pieceFailed(addresses: readonly string[]): readonly string[] {
    return addresses.filter((address) => {
      const count = (this.#counts.get(address) ?? 0) + 1;
      this.#counts.delete(address); // the newest go last
      this.#counts.set(address, count);
      const [oldest] = this.#counts.keys();
      if (this.#counts.size > ADDRESSES_MAX && oldest !== undefined) this.#counts.delete(oldest);
      return addresses.length === 1 || count >= SHARED_BLAME_MAX;
    });
  }
}
