/** What the parts of a swarm call a connected peer among themselves. */

/** A small integer that the swarm hands out, 0 or more; used again only after the peer was released. */
export type PeerKey = number;

/** In typed arrays: no peer. */
export const NO_PEER = -1;
