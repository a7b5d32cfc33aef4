/**
 * Which transfers have to be looked at, so that ten thousand that rest cost nothing. A transfer marks itself when it
 * becomes another; who has dealt with the mark takes it away. Nothing here decides anything.
 */

export class EntryMarks<Entry> {
  /** Its row may be another than was told. */
  readonly stale: Set<Entry> = new Set();
  /** Its record differs from what is stored. */
  readonly unsaved: Set<Entry> = new Set();
  /** Whether it is its turn has to be looked at. */
  readonly turns: Set<Entry> = new Set();
  /** It runs, or a start or stop is under way. */
  readonly active: Set<Entry> = new Set();
  /** It came from another program, and what there is of it was not hashed yet. */
  readonly unchecked: Set<Entry> = new Set();
  /** It can be brought back. */
  readonly removed: Set<Entry> = new Set();
  /** Places in the list have changed, of more than those that are marked. */
  isReordered = true;

  /** It is gone for good. */
  forget(entry: Entry): void {
    const { stale, unsaved, turns, active, unchecked, removed } = this;
    for (const marked of [stale, unsaved, turns, active, unchecked, removed]) marked.delete(entry);
  }
}

export function mark<Entry>(marked: Set<Entry>, entry: Entry, isMarked: boolean): void {
  if (isMarked) marked.add(entry);
  else marked.delete(entry);
}
