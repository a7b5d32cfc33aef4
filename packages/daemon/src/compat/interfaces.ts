/** The interfaces that there are. */
import type { FastifyInstance } from 'fastify';
import type { AddCompat, CompatParts } from './compat.ts';
import { addQbittorrent } from './qbittorrent/interface.ts';
import { addTransmission } from './transmission/transmission.ts';

const INTERFACES: readonly AddCompat[] = [addQbittorrent, addTransmission];

export function addInterfaces(app: FastifyInstance, parts: CompatParts): void {
  for (const add of INTERFACES) {
    app.register((scope, _options, done) => {
      add(scope, parts);
      done();
    });
  }
}
