/** The real world, as the contract suites want it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootPath } from '../../src/index.ts';
import type { SafePath } from '../../src/index.ts';

/** Real time passes by itself. */
export function pump<T>(work: Promise<T>): Promise<T> {
  return work;
}

/** `::1`, where this machine has it. */
export function ipv6Loopback(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((found) => found?.address === '::1') ? '::1' : undefined;
}

/** A folder that goes with whoever made it. */
export async function openFolder(): Promise<{ readonly root: SafePath } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'coequal-test-'));
  return {
    root: rootPath(path),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
