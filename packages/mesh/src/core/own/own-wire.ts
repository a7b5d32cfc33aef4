/** The messages of `own/1`, which a person's devices speak to each other: docs/identity.md has their bytes. */
import { assert, ByteReader, concatBytes, PeerFault } from '@coequal/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { OWN_RECORD_LENGTH_MAX } from './own-record.ts';
import { YEAR_10000_MS } from './stamp.ts';

export const OWN_PROTOCOL = 'own/1';
const VERSION = 1;
export const OWN_DIGEST_LENGTH = 8;
/** Records by the first byte of what they are of: of two hundred contacts, most are alone in theirs. */
export const OWN_BUCKETS = 256;
export const OWN_SUMMARY_LENGTH: number = OWN_BUCKETS * OWN_DIGEST_LENGTH;
/** In one message, which is written to the disk as one: each may cost a signature check. */
export const OWN_BATCH_MAX = 8;
/** Of a message of records, unless a single one is longer. */
export const OWN_BATCH_BYTES = 32_768;
/** Type, count, and the longest record with its length; or a full batch whose last record is long. */
export const OWN_FRAME_LENGTH_MAX: number =
  2 + OWN_BATCH_BYTES + 2 * OWN_BATCH_MAX + OWN_RECORD_LENGTH_MAX;

const TYPE = { hello: 1, summary: 2, records: 3, taken: 4 } as const;

export type OwnMessage =
  | {
      readonly type: 'hello';
      /** Milliseconds since 1970, by the sender's clock. */
      readonly clock: number;
      /** Of the sender's summary. */
      readonly digest: Uint8Array;
    }
  | { readonly type: 'summary'; readonly summary: Uint8Array }
  | { readonly type: 'records'; readonly records: readonly Uint8Array[] }
  | { readonly type: 'taken' };

export function ownDigest(bytes: Uint8Array): Uint8Array {
  return sha256(bytes).slice(0, OWN_DIGEST_LENGTH);
}

export function encodeOwnMessage(message: OwnMessage): Uint8Array {
  const type = Uint8Array.of(TYPE[message.type]);
  switch (message.type) {
    case 'hello': {
      const clock = new Uint8Array(8);
      new DataView(clock.buffer).setBigUint64(0, BigInt(message.clock));
      return concatBytes([type, Uint8Array.of(VERSION), clock, message.digest]);
    }
    case 'summary':
      assert(message.summary.length === OWN_SUMMARY_LENGTH, 'a digest for each');
      return concatBytes([type, message.summary]);
    case 'records':
      return concatBytes([
        type,
        Uint8Array.of(message.records.length),
        ...message.records.flatMap((record) => [
          Uint8Array.of(record.length >> 8, record.length & 0xff),
          record,
        ]),
      ]);
    case 'taken':
      return type;
  }
}

/** Throws PeerFault. What it gives borrows from the frame. */
export function decodeOwnMessage(frame: Uint8Array): OwnMessage {
  const reader = new ByteReader(frame);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: ByteReader): OwnMessage {
  switch (type) {
    case TYPE.hello: {
      const version = reader.u8();
      if (version !== VERSION) throw new PeerFault('BAD_VERSION', { version });
      const clock = reader.u64();
      if (clock > YEAR_10000_MS) throw new PeerFault('BAD_FRAME', { type });
      const digest = reader.bytes(OWN_DIGEST_LENGTH);
      return { type: 'hello', clock: Number(clock), digest };
    }
    case TYPE.summary:
      return { type: 'summary', summary: reader.bytes(OWN_SUMMARY_LENGTH) };
    case TYPE.records: {
      const count = reader.u8();
      if (count === 0 || count > OWN_BATCH_MAX) throw new PeerFault('BAD_FRAME', { type, count });
      const records = Array.from({ length: count }, () => {
        const length = reader.u16();
        if (length > OWN_RECORD_LENGTH_MAX) throw new PeerFault('BAD_FRAME', { type, length });
        return reader.bytes(length);
      });
      return { type: 'records', records };
    }
    case TYPE.taken:
      return { type: 'taken' };
    default:
      throw new PeerFault('BAD_FRAME', { type });
  }
}
