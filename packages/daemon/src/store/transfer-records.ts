/** What is kept of transfers between runs. */
import type { SQLOutputValue } from 'node:sqlite';
import type { FilePriority, TransferGoals, TransferLimits } from '@coequal/contract';
import type { Row, Store } from './store.ts';

/** What the person wants of it. `force`: also when it is not its turn. */
export type Intent = 'run' | 'pause' | 'force';

/** Choices that may be absent; stored as JSON, and read with what is absent by default. */
export interface TransferOptions {
  readonly isSequential: boolean;
  readonly isFirstAndLastFirst: boolean;
  readonly isTrusted: boolean;
  readonly limits: TransferLimits;
  readonly goals: TransferGoals;
  /** By index; `normal` where none is named. */
  readonly priorities: Readonly<Record<number, FilePriority>>;
  /** Instead of those of the torrent. */
  readonly trackers?: readonly (readonly string[])[];
  /** Its content is on the way to another place: only found in a row when the peer was killed meanwhile. */
  readonly isRelocating?: boolean | undefined;
  /** Of one that another program began. */
  readonly adopted?: Adopted;
}

export interface Adopted {
  /** What a person called it there. */
  readonly name?: string;
  /** What it gave and fetched there, and how long it passed on. */
  readonly before: Pick<TransferFigures, 'uploaded' | 'downloaded' | 'seedSeconds'>;
  /** Last parts of paths that are not the torrent's, by index; after the first start, resume data know better. */
  readonly fileNames?: Readonly<Record<number, string>>;
  /** What there is of its content was not hashed yet. */
  readonly isUnchecked: boolean;
  /** As the other program would have done it once all is here. */
  readonly onceHere?: OnceHere;
}

export interface OnceHere {
  /** What names of files end with until then. */
  readonly suffix?: string;
  /** Where the content goes. */
  readonly directory?: string;
}

/** As last seen, for what does not run now. */
export interface TransferFigures {
  readonly size: number;
  readonly wanted: number;
  readonly have: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly isPrivate: boolean;
  /** Seconds in which all was here and passed on. */
  readonly seedSeconds: number;
}

export interface TransferRecord {
  readonly id: string;
  /** Undefined once the metadata is here. */
  readonly magnet: string | undefined;
  readonly name: string;
  readonly directory: string;
  readonly contentPath: string | undefined;
  readonly intent: Intent;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  readonly options: TransferOptions;
  readonly queuePosition: number;
  readonly addedAt: number;
  readonly completedAt: number | undefined;
  readonly figures: TransferFigures;
  /** Of a removed one: until then it can be brought back. */
  readonly removedUntil: number | undefined;
  readonly deletesData: boolean;
}

export const OPTION_DEFAULTS: TransferOptions = {
  isSequential: false,
  isFirstAndLastFirst: false,
  isTrusted: false,
  limits: { up: null, down: null, isExempt: false },
  goals: { ratio: null, seedMinutes: null },
  priorities: {},
};

export const NO_FIGURES: TransferFigures = {
  size: 0,
  wanted: 0,
  have: 0,
  downloaded: 0,
  uploaded: 0,
  isPrivate: false,
  seedSeconds: 0,
};

const COLUMNS =
  'id, magnet, name, directory, content_path, intent, category, tags, options, queue_position, ' +
  'added_at, completed_at, figures, removed_until, deletes_data';

const PUT = `INSERT INTO transfers (${COLUMNS})
  VALUES (${COLUMNS.split(',')
    .map(() => '?')
    .join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${COLUMNS.split(', ')
    .slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

export class TransferRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** In the order of the queue. */
  all(): TransferRecord[] {
    return this.#store
      .all(`SELECT ${COLUMNS} FROM transfers ORDER BY queue_position, added_at, id`)
      .map(parseRecord);
  }

  /** A new one, or one of which more is known, with its metainfo if there is one. */
  add(record: TransferRecord, metainfo: Uint8Array | undefined): void {
    this.#store.transaction(() => {
      this.put([record]);
      if (metainfo !== undefined) this.#putMetainfo(record.id, metainfo);
    });
  }

  /** In one transaction. */
  addAll(
    given: readonly {
      readonly record: TransferRecord;
      readonly metainfo: Uint8Array | undefined;
    }[],
  ): void {
    if (given.length === 0) return;
    this.#store.transaction(() => {
      for (const { record, metainfo } of given) {
        this.put([record]);
        if (metainfo !== undefined) this.#putMetainfo(record.id, metainfo);
      }
    });
  }

  put(records: readonly TransferRecord[]): void {
    for (const record of records) {
      this.#store.run(
        PUT,
        record.id,
        record.magnet ?? null,
        record.name,
        record.directory,
        record.contentPath ?? null,
        record.intent,
        record.category ?? null,
        JSON.stringify(record.tags),
        JSON.stringify(record.options),
        record.queuePosition,
        record.addedAt,
        record.completedAt ?? null,
        JSON.stringify(record.figures),
        record.removedUntil ?? null,
        record.deletesData ? 1 : 0,
      );
    }
  }

  /** Many at once, in one transaction. */
  putAll(records: readonly TransferRecord[]): void {
    if (records.length > 0) this.#store.transaction(() => this.put(records));
  }

  metainfo(id: string): Uint8Array | undefined {
    const row = this.#store.get('SELECT bytes FROM metainfos WHERE id = ?', id);
    const bytes = row?.['bytes'];
    return bytes instanceof Uint8Array ? bytes : undefined;
  }

  delete(ids: readonly string[]): void {
    this.#store.transaction(() => {
      for (const id of ids) this.#store.run('DELETE FROM transfers WHERE id = ?', id);
    });
  }

  #putMetainfo(id: string, bytes: Uint8Array): void {
    this.#store.run(
      `INSERT INTO metainfos (id, bytes) VALUES (?, ?)
         ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes`,
      id,
      bytes,
    );
  }
}

/** Rows are our own: the table has types (STRICT), and JSON in them was written by `put`. */
function parseRecord(row: Row): TransferRecord {
  return {
    id: String(row['id']),
    magnet: textOf(row['magnet']),
    name: String(row['name']),
    directory: String(row['directory']),
    contentPath: textOf(row['content_path']),
    intent: row['intent'] as Intent,
    category: textOf(row['category']),
    tags: JSON.parse(String(row['tags'])) as string[],
    options: { ...OPTION_DEFAULTS, ...(JSON.parse(String(row['options'])) as TransferOptions) },
    queuePosition: Number(row['queue_position']),
    addedAt: Number(row['added_at']),
    completedAt: numberOf(row['completed_at']),
    figures: { ...NO_FIGURES, ...(JSON.parse(String(row['figures'])) as TransferFigures) },
    removedUntil: numberOf(row['removed_until']),
    deletesData: row['deletes_data'] === 1,
  };
}

function textOf(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
