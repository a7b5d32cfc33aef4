/** Work that covers all who asked before it began: one run at a time, and at most one more waiting. */

export class Coalesced {
  readonly #run: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Resolves, or rejects, with a run that began after this call. */
  request(): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = this.#last.then(() => {
        this.#waiting = undefined;
        return this.#run();
      });
      this.#last = this.#waiting.catch(() => undefined); // told to those who asked for that run
    }
    return this.#waiting;
  }
}
