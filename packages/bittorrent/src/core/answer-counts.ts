/** How many of those that were asked never answered: whoever looks twice knows how it is lately. */
export interface Answers {
  /** Answered, refused or timed out; not those that were given up, or are under way. */
  readonly ended: number;
  readonly timedOut: number;
}

export class AnswerCounts implements Answers {
  ended = 0;
  timedOut = 0;

  note(hasTimedOut: boolean): void {
    this.ended += 1;
    if (hasTimedOut) this.timedOut += 1;
  }
}
