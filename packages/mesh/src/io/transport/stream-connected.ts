/** The wait for a stream of HyperDHT to be connected. */
import { LocalFault } from '@coequal/base';
import type { MessageStream } from './secret-stream.ts';

/** Resolves when the handshake is through; rejects with what the stream was destroyed with. */
export async function streamConnected(stream: MessageStream, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error?: Error): void => {
    const reason = error !== undefined && 'code' in error ? String(error.code) : 'closed';
    reject(new LocalFault('DIAL_FAILED', { reason }, { cause: error }));
  };
  const onAbort = (): void => {
    stream.destroy();
    reject(signal.reason);
  };
  stream.on('connect', resolve);
  stream.on('error', fail);
  stream.on('close', fail);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
