/** What nobody caught, for as long as a world runs: it belongs to the world, not to the test runner. */

/** Returns how to stop. Two worlds that run at once in one process would take each other's. */
export function watchProcess(onUncaught: (error: unknown) => void): () => void {
  const rejectionListeners = process.listeners('unhandledRejection');
  const exceptionListeners = process.listeners('uncaughtException');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', onUncaught);
  process.removeAllListeners('uncaughtException').on('uncaughtException', onUncaught);
  return () => {
    process.removeListener('unhandledRejection', onUncaught);
    process.removeListener('uncaughtException', onUncaught);
    for (const listener of rejectionListeners) process.on('unhandledRejection', listener);
    for (const listener of exceptionListeners) process.on('uncaughtException', listener);
  };
}
