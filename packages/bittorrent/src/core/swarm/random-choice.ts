/** Choices by lot, from a given source of randomness: `random` is uniform in [0, 1). */

/** A shuffled copy. */
export function shuffle<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, lot: random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ item }) => item);
}

/** An index, as likely as its weight; 0 when there are none. */
export function pickWeighted(weights: readonly number[], random: () => number): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let lot = random() * sum;
  for (const [index, weight] of weights.entries()) {
    lot -= weight;
    if (lot < 0) return index;
  }
  return Math.max(0, weights.length - 1);
}
