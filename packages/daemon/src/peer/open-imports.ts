/** Imports of the running peer: what they ask of it. */
import { Imports } from '../import/imports.ts';
import type { RunningPeer } from './running-peer.ts';

export function openImports(peer: RunningPeer): Imports {
  const { transfers, categories, hub, journal } = peer;
  return new Imports(peer.ports, {
    has: (id) => transfers.has(id),
    lastPosition: () => transfers.lastPosition,
    makeCategory(name, directory) {
      if (categories.get(name) !== undefined) return false;
      categories.put({ name, ...(directory !== undefined && { directory }) });
      hub.publish({ type: 'categories' });
      return true;
    },
    adopt: (given) => transfers.adopt(given),
    onImported(program, added, running) {
      journal.tell('info', 'TRANSFERS_IMPORTED', { program, count: added });
      // as with a first transfer that is added
      if (running > 0) peer.setUp();
      peer.news.tellTransfers();
    },
  });
}
