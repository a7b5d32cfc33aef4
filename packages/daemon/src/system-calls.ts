/**
 * Calls of the system that Node does not make, by koffi, which calls C: for UDP sockets that have much to do
 * (`datagram-batches.ts` of base, which measured what they bring), and for extended attributes of files. The one file
 * that uses it.
 */
import { promisify } from 'node:util';
import type { SocketCalls } from '@coequal/base/node';

/** Undefined on other systems, and where koffi is not installed: Node's own calls do the same, only slower. */
export async function loadSocketCalls(): Promise<SocketCalls | undefined> {
  if (process.platform !== 'linux') return undefined;
  const system = await loadSystem();
  return (
    system && {
      recvfrom: system.func(
        'intptr_t recvfrom(int fd, void *into, size_t length, int flags, void *address, void *addressLength)',
      ),
      sendto: system.func(
        'intptr_t sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t addressLength)',
      ),
      setsockopt: system.func(
        'int setsockopt(int fd, int level, int option, void *value, uint32_t valueLength)',
      ),
    }
  );
}

/** False: the file, or the disk that it is on, takes none. */
export type SetAttribute = (path: string, name: string, value: Uint8Array) => Promise<boolean>;

/** Of the file itself, if it is a link (macOS). */
const XATTR_NOFOLLOW = 1;

/** Undefined on other systems than Linux and macOS, and where koffi is not installed. */
export async function loadSetAttribute(): Promise<SetAttribute | undefined> {
  const { platform } = process;
  const system = platform === 'linux' || platform === 'darwin' ? await loadSystem() : undefined;
  if (system === undefined) return undefined;
  if (platform === 'linux') {
    const set = inBackground(
      system.func(
        'int lsetxattr(const char *path, const char *name, const void *value, size_t length, int flags)',
      ),
    );
    return async (path, name, value) => (await set(path, name, value, value.length, 0)) === 0;
  }
  const set = inBackground(
    system.func(
      'int setxattr(const char *path, const char *name, const void *value, size_t length, uint32_t position, int options)',
    ),
  );
  return async (path, name, value) =>
    (await set(path, name, value, value.length, 0, XATTR_NOFOLLOW)) === 0;
}

type Call = (...args: readonly (string | number | Uint8Array)[]) => Promise<unknown>;

/** By a thread of koffi's: disks can be slow. */
function inBackground(call: { readonly async: (...args: never[]) => unknown }): Call {
  return promisify(call.async as (...args: unknown[]) => void);
}

/** What Node itself is linked with. */
async function loadSystem() {
  try {
    const { default: koffi } = await import('koffi');
    return koffi.load(null);
  } catch {
    return undefined;
  }
}
