// Preloaded into every test file: a handle left open makes the file fail, where node:test would
// wait for it for ever.
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

/** What is being closed at the end of the last test may still need a turn or two of the loop. */
const GRACE_MS = 1_000;

// Workers are started with the same preloads, and have no tests of their own.
if (isMainThread) {
  after(() => {
    setTimeout(() => {
      console.error(`Error: left open: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, GRACE_MS).unref();
  });
}
