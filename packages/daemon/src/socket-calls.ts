/**
 * Calls of Linux on sockets that Node does not make, by koffi, which calls C: for UDP sockets that have much to do
 * (`datagram-batches.ts` of base, which measured what they bring). The one file that uses it.
 */
import type { SocketCalls } from '@coequal/base/node';

/** Undefined on other systems, and where koffi is not installed: Node's own calls do the same, only slower. */
export async function loadSocketCalls(): Promise<SocketCalls | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const system = koffi.load(null); // what Node itself is linked with
    return {
      recvfrom: system.func(
        'intptr_t recvfrom(int fd, void *into, size_t length, int flags, void *address, void *addressLength)',
      ),
      sendto: system.func(
        'intptr_t sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t addressLength)',
      ),
      setsockopt: system.func(
        'int setsockopt(int fd, int level, int option, void *value, uint32_t valueLength)',
      ),
    };
  } catch {
    return undefined;
  }
}
