/** Links for guests: what they give, who used them, and uploads that have begun. */
import type { GuestFile, GuestRoot } from '../guest/content-snapshot.ts';
import type { Row, Store } from './store.ts';

export interface GuestLinkRecord {
  readonly id: string;
  /** Part of the address; whoever has it may use the link. */
  readonly secret: string;
  readonly title: string;
  readonly reach: 'lan' | 'internet';
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly guestsMax: number | undefined;
  readonly mayUpload: boolean;
  readonly uploadBytesMax: number;
  readonly roots: readonly GuestRoot[];
  /** What was found to be another than when the link was made. */
  readonly changedPath: string | undefined;
}

export interface GuestUploadRecord {
  readonly name: string;
  readonly length: number;
  /** Bytes that are certainly on disk. */
  readonly synced: number;
  /** Where it lies, once it is whole. */
  readonly path: string | undefined;
}

export class GuestRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  all(): GuestLinkRecord[] {
    return this.#store.all('SELECT * FROM guest_links ORDER BY created_at, id').map(parseLink);
  }

  add(link: GuestLinkRecord, files: readonly GuestFile[]): void {
    const { id, secret, title, reach, createdAt, expiresAt, guestsMax } = link;
    this.#store.transaction(() => {
      this.#store.run(
        `INSERT INTO guest_links (id, secret, title, reach, created_at, expires_at, guests_max,
           may_upload, upload_bytes_max, roots) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        secret,
        title,
        reach,
        createdAt,
        expiresAt,
        guestsMax ?? null,
        Number(link.mayUpload),
        link.uploadBytesMax,
        JSON.stringify(link.roots),
      );
      for (const [number, { path, name, length, modified }] of files.entries())
        this.#store.run(
          'INSERT INTO guest_files (link, number, path, name, length, modified) VALUES (?, ?, ?, ?, ?, ?)',
          id,
          number,
          path,
          name,
          length,
          modified,
        );
    });
  }

  /** By their numbers. */
  files(link: string): GuestFile[] {
    const rows = this.#store.all(
      'SELECT path, name, length, modified FROM guest_files WHERE link = ? ORDER BY number',
      link,
    );
    return rows.map((row) => ({
      path: String(row['path']),
      name: String(row['name']),
      length: Number(row['length']),
      modified: String(row['modified']),
    }));
  }

  delete(link: string): void {
    this.#store.run('DELETE FROM guest_links WHERE id = ?', link);
  }

  noteChanged(link: string, path: string): void {
    this.#store.run('UPDATE guest_links SET changed_path = ? WHERE id = ?', path, link);
  }

  countVisitors(link: string): number {
    const row = this.#store.get(
      'SELECT count(*) AS count FROM guest_visitors WHERE link = ? AND is_stopped = 0',
      link,
    );
    return Number(row?.['count']);
  }

  visitor(link: string, hash: string): 'unknown' | 'welcome' | 'stopped' {
    const row = this.#store.get(
      'SELECT is_stopped FROM guest_visitors WHERE link = ? AND hash = ?',
      link,
      hash,
    );
    if (row === undefined) return 'unknown';
    return Number(row['is_stopped']) === 0 ? 'welcome' : 'stopped';
  }

  putVisitor(link: string, hash: string, isStopped: boolean): void {
    this.#store.run(
      `INSERT INTO guest_visitors (link, hash, is_stopped) VALUES (?, ?, ?)
         ON CONFLICT (link, hash) DO UPDATE SET is_stopped = excluded.is_stopped`,
      link,
      hash,
      Number(isStopped),
    );
  }

  /** By the hash of what names them. */
  uploads(link: string): Map<string, GuestUploadRecord> {
    const rows = this.#store.all(
      'SELECT hash, name, length, synced, path FROM guest_uploads WHERE link = ? ORDER BY rowid',
      link,
    );
    return new Map(rows.map((row) => [String(row['hash']), parseUpload(row)]));
  }

  putUpload(link: string, hash: string, upload: GuestUploadRecord): void {
    this.#store.run(
      `INSERT INTO guest_uploads (link, hash, name, length, synced, path) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (link, hash) DO UPDATE SET synced = excluded.synced, path = excluded.path`,
      link,
      hash,
      upload.name,
      upload.length,
      upload.synced,
      upload.path ?? null,
    );
  }

  deleteUpload(link: string, hash: string): void {
    this.#store.run('DELETE FROM guest_uploads WHERE link = ? AND hash = ?', link, hash);
  }
}

function parseLink(row: Row): GuestLinkRecord {
  const { guests_max: guestsMax, changed_path: changedPath } = row;
  return {
    id: String(row['id']),
    secret: String(row['secret']),
    title: String(row['title']),
    reach: row['reach'] as GuestLinkRecord['reach'],
    createdAt: Number(row['created_at']),
    expiresAt: Number(row['expires_at']),
    guestsMax: typeof guestsMax === 'number' ? guestsMax : undefined,
    mayUpload: Number(row['may_upload']) === 1,
    uploadBytesMax: Number(row['upload_bytes_max']),
    roots: JSON.parse(String(row['roots'])) as GuestRoot[],
    changedPath: typeof changedPath === 'string' ? changedPath : undefined,
  };
}

function parseUpload(row: Row): GuestUploadRecord {
  const { path } = row;
  return {
    name: String(row['name']),
    length: Number(row['length']),
    synced: Number(row['synced']),
    path: typeof path === 'string' ? path : undefined,
  };
}
