/** The routes that take over transfers of other programs. */
import type { Handlers } from '../api/handler.ts';
import { requireAbsolute } from './absolute-path.ts';
import { openImports } from './open-imports.ts';
import type { RunningPeer } from './running-peer.ts';

type ImportRoutes = 'findImports' | 'planImport' | 'runImport';

export function importHandlers(peer: RunningPeer): Pick<Handlers, ImportRoutes> {
  const imports = openImports(peer);
  return {
    findImports: async () => ({ places: await imports.find() }),
    planImport({ body }, _caller, signal) {
      requireAbsolute(body, 'directory');
      return imports.plan(body, signal);
    },
    runImport({ body }, _caller, signal) {
      requireAbsolute(body, 'directory');
      return imports.run(body, signal);
    },
  };
}
