/** The serving side of a swarm whose content is known. */
import type { LocalFault, Ports } from '@coequal/base';
import type { PiecePicker } from '../../core/picker/piece-picker.ts';
import { Choker } from '../../core/swarm/choker.ts';
import type { PieceStore } from '../storage/piece-store.ts';
import type { OwnUploadLimit } from './own-limits.ts';
import type { OwnRole } from './own-role.ts';
import type { PeerLink } from './peer-link.ts';
import { UploadFlow } from './upload-flow.ts';

export interface UploadOwner {
  links(): Iterable<PeerLink>;
  storageFailed(fault: LocalFault): void;
  readonly role: OwnRole;
}

export function openUpload(
  store: PieceStore,
  picker: PiecePicker,
  owner: UploadOwner,
  limiter: OwnUploadLimit,
  ports: Pick<Ports, 'random'>,
): UploadFlow {
  const random = (): number => ports.random.number();
  return new UploadFlow(store, new Choker({ random }), limiter, {
    links: () => owner.links(),
    isSeed: () => !picker.hasWanted,
    choosesOrder: () => !picker.hasWanted && !owner.role.isSuperSeeding,
    isOffered: (link, piece) => owner.role.isOffered(link, piece),
    random,
    availability: (piece) => picker.availability(piece),
    storageFailed: (fault) => owner.storageFailed(fault),
  });
}
