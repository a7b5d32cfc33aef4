/**
 * Which transfers have to be looked at, so that ten thousand that rest cost nothing. A transfer marks itself when it
 * becomes another; who has dealt with the mark takes it away. Nothing here decides anything.
 */

export class EntryMarks<Entry> {
  /** Its row may be another than was told. */
  readonly stale = new Set<Entry>();
  /** Its record differs from what is stored. */
  readonly unsaved = new Set<Entry>();
  /** Whether it is its turn has to be looked at. */
  readonly turns = new Set<Entry>();
  /** It runs, or a start or stop is under way. */
  readonly active = new Set<Entry>();
  /** It came from another program, and what there is of it was not hashed yet. */
  readonly unchecked = new Set<Entry>();
  /** It can be brought back. */
  readonly removed = new Set<Entry>();
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
