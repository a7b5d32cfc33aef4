/** Who is to blame for a piece whose hash was wrong: a peer that sent it alone, or that is there each time. */

/**
 * Wrong pieces in which a peer had a part with others, less the right ones, before it is taken for the
 * one who lies. A wrong piece is fetched again from one peer alone, which finds most liars sooner.
 */
const SHARED_BLAME_MAX = 5;
/** Addresses remembered; beyond it the oldest is forgotten. */
const ADDRESSES_MAX = 1_000;

export class Blame {
  readonly #counts = new Map<string, number>();

  /** Nobody is suspected. */
  get isNobody(): boolean {
    return this.#counts.size === 0;
  }

  /**
   * The addresses, of those who sent blocks of a wrong piece, that are to be banned. `isAlone`: there
   * was one sender, those who have left meanwhile counted.
   */
  pieceWrong(addresses: readonly string[], isAlone: boolean): readonly string[] {
    return addresses.filter((address) => {
      const count = (this.#counts.get(address) ?? 0) + 1;
      this.#counts.delete(address); // the newest go last
      this.#counts.set(address, count);
      const [oldest] = this.#counts.keys();
      if (this.#counts.size > ADDRESSES_MAX && oldest !== undefined) this.#counts.delete(oldest);
      return isAlone || count >= SHARED_BLAME_MAX;
    });
  }

  /** A right piece speaks for all who had a part in it. */
  pieceRight(addresses: readonly string[]): void {
    for (const address of addresses) {
      const count = this.#counts.get(address);
      if (count === undefined) continue;
      if (count > 1) this.#counts.set(address, count - 1);
      else this.#counts.delete(address);
    }
  }
}
