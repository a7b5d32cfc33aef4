/** What `coequal` ends with: a contract for scripts. */
export const EXIT = {
  /** Also a server that was stopped by a signal. */
  done: 0,
  failed: 1,
  wrongUse: 2,
  /** Before it was done. */
  cancelled: 3,
} as const;
