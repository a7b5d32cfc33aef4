/** Work that may run side by side, and work that must run alone: a lock with many users or one owner. */

/** An owner who waits goes before users who come later, so that steady use cannot starve it. */
export class SharedLock {
  #users = 0;
  #owned: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  /** Runs beside other users. Never nested: an owner that waits between the two would wait for ever. */
  async shared<T>(run: () => Promise<T>): Promise<T> {
    while (this.#owned !== undefined) await this.#owned;
    this.#users += 1;
    try {
      return await run();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#onIdle?.();
    }
  }

  /** Runs once all users have ended; whoever comes later waits. */
  async exclusive<T>(run: () => Promise<T>): Promise<T> {
    const before = this.#owned;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#owned = promise;
    try {
      await before;
      await this.#idle();
      return await run();
    } finally {
      if (this.#owned === promise) this.#owned = undefined;
      resolve();
    }
  }

  async #idle(): Promise<void> {
    if (this.#users === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    await promise;
    this.#onIdle = undefined;
  }
}
