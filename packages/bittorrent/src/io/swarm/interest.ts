/** Whether we want something of a peer (BEP 3), said when the answer has changed. */
import type { PiecePicker } from '../../core/picker/piece-picker.ts';
import type { PeerLink } from './peer-link.ts';

/** Compares all that it has with all that we want. */
export function updateInterest(link: PeerLink, picker: Pick<PiecePicker, 'isInteresting'>): void {
  const { pieces } = link.peer;
  setInterest(link, pieces !== undefined && picker.isInteresting(pieces));
}

export function setInterest(link: PeerLink, isInterested: boolean): void {
  if (isInterested === link.isInterested) return;
  link.isInterested = isInterested;
  link.send({ type: isInterested ? 'interested' : 'not-interested' });
}
