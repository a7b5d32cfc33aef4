/** All transfers as last heard, merged from deltas by revision. */
import type { Transfer, TransferDelta } from '@coequal/contract';

export interface TransferTable {
  /** -1 before the first answer. */
  readonly revision: number;
  readonly byId: ReadonlyMap<string, Transfer>;
}

export const NO_TRANSFERS: TransferTable = { revision: -1, byId: new Map() };

/**
 * Undefined when the delta begins after what is here: then something in between is missing, as when it overtook the
 * answer that it follows. Merging one twice does no harm, and one that is older than what is here is passed over. Rows
 * that did not change stay the same objects.
 */
export function mergeDelta(table: TransferTable, delta: TransferDelta): TransferTable | undefined {
  const { since, revision, isWhole, changed, removed } = delta;
  if (isWhole)
    return { revision, byId: new Map(changed.map((transfer) => [transfer.id, transfer])) };
  if (since > table.revision) return undefined;
  if (revision < table.revision) return table;
  if (changed.length === 0 && removed.length === 0) return { revision, byId: table.byId };
  const byId = new Map(table.byId);
  for (const id of removed) byId.delete(id);
  for (const transfer of changed) byId.set(transfer.id, transfer);
  return { revision, byId };
}
