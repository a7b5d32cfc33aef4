/** What items hold (BEP 44), what can be wrong with one that is to be put, and why nobody took it. */
import { LocalFault, PeerFault } from '@coequal/base';
import { decodeBencode } from '../../core/bencode.ts';
import type { BencodeValue } from '../../core/bencode.ts';
import {
  ITEM_LENGTH_MAX,
  KRPC_ERROR,
  SALT_LENGTH_MAX,
  SIGNATURE_LENGTH,
} from '../../core/dht/krpc-messages.ts';
import { PUBLIC_KEY_LENGTH } from '../../core/ids.ts';
import type { DhtItem } from '../../core/dht/krpc-messages.ts';
import type { SearchSummary } from '../../core/dht/search.ts';

/** An item may hold anything, nested as deep as a datagram that brings it may be. */
const ITEM_LIMITS = { lengthMax: ITEM_LENGTH_MAX, depthMax: 60, countMax: 1_000 };

/** Throws LocalFault `DHT_ITEM_TOO_LONG`, `DHT_SALT_TOO_LONG` or `DHT_ITEM_INVALID`, `what` naming the part. */
export function checkItem(item: DhtItem): void {
  const { length } = item.value;
  if (length > ITEM_LENGTH_MAX)
    throw new LocalFault('DHT_ITEM_TOO_LONG', { length, max: ITEM_LENGTH_MAX });
  if (!isBencoded(item.value)) throw new LocalFault('DHT_ITEM_INVALID', { what: 'value' });
  if (item.type === 'immutable') return;
  const { publicKey, signature, sequence, salt } = item;
  if (salt.length > SALT_LENGTH_MAX)
    throw new LocalFault('DHT_SALT_TOO_LONG', { length: salt.length, max: SALT_LENGTH_MAX });
  if (!Number.isSafeInteger(sequence) || sequence < 0)
    throw new LocalFault('DHT_ITEM_INVALID', { what: 'sequence' });
  if (publicKey.length !== PUBLIC_KEY_LENGTH || signature.length !== SIGNATURE_LENGTH)
    throw new LocalFault('DHT_ITEM_INVALID', { what: 'signature' });
}

/** Why an item was stored nowhere. */
export function putFault({ answers, refused }: SearchSummary): LocalFault {
  if (answers === 0) return new LocalFault('DHT_NO_NODES');
  if (refused.includes(KRPC_ERROR.casMismatch)) return new LocalFault('DHT_CAS_MISMATCH');
  if (refused.includes(KRPC_ERROR.oldSequence)) return new LocalFault('DHT_OLD_SEQUENCE');
  return new LocalFault('DHT_PUT_REFUSED', { answers, code: refused[0] });
}

/** Throws PeerFault `BENCODE_INVALID` or `BENCODE_LIMIT`: whoever stored it may have stored anything. */
export function decodeItemValue(value: Uint8Array): BencodeValue {
  return decodeBencode(value, ITEM_LIMITS);
}

function isBencoded(value: Uint8Array): boolean {
  try {
    decodeItemValue(value);
    return true;
  } catch (error) {
    if (error instanceof PeerFault) return false;
    throw error;
  }
}
