/** Where two meet who know nothing of each other but a topic, such as what a spoken code names. */

/** Messages both ways with whoever came to the same topic: encrypted, but to nobody in particular. */
export interface Encounter {
  /** Called once, in the turn in which it was given. A message is a view, valid during the call. */
  start(onMessage: (message: Uint8Array) => void, onClose: (why?: Error) => void): void;
  send(parts: readonly Uint8Array[]): boolean;
  close(why?: Error): void;
}

export interface Rendezvous {
  /**
   * Waits at a topic of 32 bytes until the signal is aborted. Resolves when others find it there. Rejects with
   * LocalFault `RENDEZVOUS_FAILED`, or the signal's reason.
   */
  wait(
    topic: Uint8Array,
    onEncounter: (encounter: Encounter) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** With each who waits there, as they are found, a few at most. Ends without any when there is nobody. */
  find(topic: Uint8Array, signal: AbortSignal): AsyncGenerator<Encounter, void, undefined>;
}
