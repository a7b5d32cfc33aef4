/** The journal on disk: one JSON object a line, in `logs/peer.log` and a few older files. */
import { createStream } from 'rotating-file-stream';
import type { RotatingFileStream } from 'rotating-file-stream';
import type { LogEntry } from '@coequal/contract';
import { plain } from '../cli/format.ts';

/** Of one file; when it is full it becomes `peer.log.1.gz`, and so on. */
const FILE_LENGTH_MAX = 2_000_000;
/** Older files that are kept: with the present one, about 6 MB at the most. */
const FILES_KEPT_MAX = 5;
/** Lines that wait for the disk; more are dropped: a log is no reason to run out of memory. */
const WAITING_LENGTH_MAX = 1_000_000;

export interface LogSizes {
  readonly fileLengthMax: number;
  readonly filesKept: number;
}

export class LogFiles implements AsyncDisposable {
  readonly #stream: RotatingFileStream;
  #dropped = 0;
  #hasFailed = false;

  /** Whatever the disk does, the peer goes on: `onFailure` is told once, until a line is written again. */
  constructor(
    directory: string,
    onFailure: (error: unknown) => void,
    sizes: LogSizes = { fileLengthMax: FILE_LENGTH_MAX, filesKept: FILES_KEPT_MAX },
  ) {
    this.#stream = createStream(nameOf, {
      path: directory,
      size: `${sizes.fileLengthMax}B`,
      rotate: sizes.filesKept,
      compress: 'gzip',
      mode: 0o600,
    });
    const fail = (error: unknown): void => {
      if (!this.#hasFailed) onFailure(error);
      this.#hasFailed = true;
    };
    this.#stream.on('error', fail);
    this.#stream.on('warning', fail);
  }

  write(entry: LogEntry, stack: string | undefined): void {
    if (this.#stream.writableLength > WAITING_LENGTH_MAX || this.#stream.destroyed) {
      this.#dropped += 1;
      return;
    }
    const line = { ...entry, ...(stack !== undefined && { stack }) };
    const text = JSON.stringify(this.#dropped === 0 ? line : { ...line, dropped: this.#dropped });
    this.#dropped = 0;
    this.#stream.write(`${harmless(text)}\n`, (error) => {
      if (!error) this.#hasFailed = false;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stream.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.once('close', resolve);
    this.#stream.once('error', () => resolve()); // it was told
    this.#stream.end();
    await promise;
  }
}

/** As `createStream` asks: the number of an older file, or nothing for the present one. */
function nameOf(index: number | Date): string {
  return index ? `peer.log.${Number(index)}.gz` : 'peer.log';
}

/** Names come from the network: nothing in the file moves the cursor of whoever looks at it. */
function harmless(json: string): string {
  return plain(json);
}
