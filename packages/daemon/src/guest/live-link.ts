/** A link that can be used: its record, its files, and what is computed of them once. */
import { createHash, createHmac } from 'node:crypto';
import type { GuestLinkRecord } from '../store/guest-records.ts';
import type { GuestFile } from './content-snapshot.ts';
import { FileSums } from './guest-bytes.ts';
import { safeName } from './guest-names.ts';
import { ZipLayout } from './zip-layout.ts';

/** What of a request tells one guest from another. */
export interface VisitorSigns {
  /** Of the cookie that the page gave. */
  readonly cookie: string | undefined;
  /** Used where there is no cookie. */
  readonly network: string;
  readonly agent: string;
}

export class LiveLink {
  record: GuestLinkRecord;
  readonly #load: () => readonly GuestFile[];
  #files: readonly GuestFile[] | undefined;
  #sums: FileSums | undefined;
  #zip: ZipLayout | undefined;

  /** `load`: called once, when its files are first asked for. */
  constructor(record: GuestLinkRecord, load: () => readonly GuestFile[]) {
    this.record = record;
    this.#load = load;
  }

  /** By their numbers. */
  get files(): readonly GuestFile[] {
    return (this.#files ??= this.#load());
  }

  get sums(): FileSums {
    return (this.#sums ??= new FileSums(this.files));
  }

  get zip(): ZipLayout {
    return (this.#zip ??= new ZipLayout(
      this.files.map((file) => ({ ...file, modifiedAt: secondsOf(file) })),
    ));
  }

  get zipName(): string {
    return safeName(`${this.record.title}.zip`);
  }

  /** Strong: of another content it is another, as far as the file system tells. */
  fileTag(file: GuestFile): string {
    return this.#tagOf([file]);
  }

  get zipTag(): string {
    return this.#tagOf(this.files);
  }

  /** The same for each request of a guest; neither cookie nor address can be had from it without the link's secret. */
  visitorOf({ cookie, network, agent }: VisitorSigns): string {
    const signs = cookie === undefined ? `address ${network}\0${agent}` : `cookie ${cookie}`;
    return createHmac('sha256', this.record.secret).update(signs).digest('hex').slice(0, 32);
  }

  #tagOf(files: readonly GuestFile[]): string {
    const hash = createHash('sha256').update(this.record.id);
    for (const { name, length, modified } of files)
      hash.update(`\0${name}\0${length}\0${modified}`);
    return `"${hash.digest('hex').slice(0, 32)}"`;
  }
}

export function secondsOf({ modified }: GuestFile): number {
  return Math.max(0, Number(BigInt(modified) / 1_000_000_000n));
}
