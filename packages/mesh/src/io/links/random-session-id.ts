/** A session's id: at random, so that one that was is not taken for one that is. */
import { ByteReader } from '@coequal/base';
import type { Random } from '@coequal/base';
import { UNKNOWN_SESSION } from '../../core/session/frames.ts';
import type { SessionId } from '../../core/session/frames.ts';

export function randomSessionId(random: Random): SessionId {
  const id = new ByteReader(random.bytes(8)).u64();
  return id === UNKNOWN_SESSION ? 1n : id;
}
