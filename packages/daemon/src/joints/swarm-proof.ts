/**
 * What opens a stream of `swarm/1`: a byte for its kind, and the proof that the dialling device takes part in the swarm
 * whose handshake follows. Who knows the ticket of a send can make it, for itself alone.
 */
import { concatBytes, deviceKeyBytes, encodeUtf8, equalSecrets, PeerFault } from '@coequal/base';
import type { DeviceKey, Hasher } from '@coequal/base';

/** Of a send: made by its sender, told to those who accept. */
export const TICKET_LENGTH = 32;
const PROOF_LENGTH = 32;
const KIND_TICKET = 1;
export const HEAD_LENGTH: number = 1 + PROOF_LENGTH;

/** Of the handshake of BEP 3: the name of the protocol, and reserved bytes, come before the info hash. */
const INFO_HASH_AT = 28;
const INFO_HASH_LENGTH = 20;
/** As much of a handshake as is needed to know which swarm is meant. */
export const GREETING_LENGTH: number = INFO_HASH_AT + INFO_HASH_LENGTH;

/** Separates these hashes from all others. */
const DOMAIN = encodeUtf8('coequal swarm/1 ticket');

export interface ProofOf {
  readonly ticket: Uint8Array;
  readonly infoHash: Uint8Array;
  /** Who dials. */
  readonly from: DeviceKey;
  readonly to: DeviceKey;
}

/** Undefined when it is too short. */
export function infoHashIn(greeting: Uint8Array): Uint8Array | undefined {
  if (greeting.length < GREETING_LENGTH) return undefined;
  return greeting.subarray(INFO_HASH_AT, GREETING_LENGTH);
}

export function encodeHead(proof: ProofOf, hash: Hasher['hash']): Uint8Array {
  return concatBytes([Uint8Array.of(KIND_TICKET), prove(proof, hash)]);
}

/** Throws PeerFault `BAD_TICKET`. All parts have a fixed length, so that no two of them read alike. */
export function checkHead(head: Uint8Array, proof: ProofOf, hash: Hasher['hash']): void {
  const isGood =
    head.length === HEAD_LENGTH &&
    head[0] === KIND_TICKET &&
    equalSecrets(head.subarray(1), prove(proof, hash));
  if (!isGood) throw new PeerFault('BAD_TICKET');
}

function prove({ ticket, infoHash, from, to }: ProofOf, hash: Hasher['hash']): Uint8Array {
  const keys = [deviceKeyBytes(from), deviceKeyBytes(to)];
  return hash(concatBytes([DOMAIN, ticket, infoHash, ...keys]), 'sha256');
}
