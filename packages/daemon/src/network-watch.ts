/** Tells when this computer gets an address: another network, or the same one again. */
import type { Cancel, Clock } from '@coequal/base';
import { interfacesUp } from './bind.ts';
import type { Binding, FindInterfaces } from './bind.ts';

/** A look takes 0.1 ms, and people wait for what a new network brings. */
const LOOK_INTERVAL_MS = 2_000;

/** With a `binding`, its addresses alone matter, and it looks by itself. */
export function watchNetwork(
  binding: Binding | undefined,
  clock: Clock,
  onGained: () => void,
  find: FindInterfaces = interfacesUp,
): Disposable {
  if (binding !== undefined) {
    binding.onBack = onGained;
    return { [Symbol.dispose]: () => void (binding.onBack = undefined) };
  }
  const addresses = (): Set<string> => new Set(Object.values(find()).flat());
  let known = addresses();
  let cancel: Cancel = () => undefined;
  const look = (): void => {
    const before = known;
    known = addresses();
    cancel = clock.at(clock.now() + LOOK_INTERVAL_MS, look);
    if (known.difference(before).size > 0) onGained();
  };
  cancel = clock.at(clock.now() + LOOK_INTERVAL_MS, look);
  return { [Symbol.dispose]: () => cancel() };
}
