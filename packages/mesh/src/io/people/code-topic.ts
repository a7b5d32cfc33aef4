/** The place that a spoken code names: a slow hash, so that looking for codes at all places takes long. */
import type { SlowHash } from '@coequal/base';
import { TOPIC_COST, TOPIC_LENGTH, topicInput } from '../../core/invite/spoken-code.ts';
import type { SpokenCode } from '../../core/invite/spoken-code.ts';

export function topicOf(code: SpokenCode, slowHash: Pick<SlowHash, 'scrypt'>): Promise<Uint8Array> {
  const { password, salt } = topicInput(code);
  return slowHash.scrypt(password, salt, TOPIC_COST, TOPIC_LENGTH);
}
