/** Each form of `daemon.sqlite`, as the step from the one before. A step that was released is never changed. */
import { SEND_TABLES } from '../sends/send-tables.ts';

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL -- JSON
  ) STRICT;

  CREATE TABLE categories (
    name TEXT PRIMARY KEY,
    directory TEXT
  ) STRICT;

  CREATE TABLE transfers (
    id TEXT PRIMARY KEY,
    -- the magnet link, until the metadata has come
    magnet TEXT,
    name TEXT NOT NULL,
    directory TEXT NOT NULL,
    content_path TEXT,
    -- what the person wants: run, pause, or force (also when it is not its turn)
    intent TEXT NOT NULL,
    category TEXT REFERENCES categories (name) ON DELETE SET NULL ON UPDATE CASCADE,
    tags TEXT NOT NULL, -- JSON
    options TEXT NOT NULL, -- JSON, see transfer-records.ts
    queue_position REAL NOT NULL,
    added_at INTEGER NOT NULL,
    completed_at INTEGER,
    -- as last seen
    figures TEXT NOT NULL, -- JSON
    -- until then it can be brought back
    removed_until INTEGER,
    deletes_data INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- apart, because they are long and seldom read
  CREATE TABLE metainfos (
    id TEXT PRIMARY KEY REFERENCES transfers (id) ON DELETE CASCADE,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    used_at INTEGER
  ) STRICT;

  CREATE TABLE sessions (
    secret_hash BLOB PRIMARY KEY,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- where the browser came in (see DOORS of the contract), what it said it is, and from where
  ALTER TABLE sessions ADD COLUMN door TEXT NOT NULL DEFAULT 'loopback';
  ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
  ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
  `,
  `
  -- links for guests (guest-records.ts)
  CREATE TABLE guest_links (
    id TEXT PRIMARY KEY,
    secret TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    reach TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    guests_max INTEGER,
    may_upload INTEGER NOT NULL,
    upload_bytes_max INTEGER NOT NULL,
    roots TEXT NOT NULL, -- JSON
    changed_path TEXT
  ) STRICT;

  CREATE TABLE guest_files (
    link TEXT NOT NULL REFERENCES guest_links (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    length INTEGER NOT NULL,
    modified TEXT NOT NULL, -- nanoseconds: more digits than numbers of JavaScript have
    PRIMARY KEY (link, number)
  ) STRICT;

  CREATE TABLE guest_visitors (
    link TEXT NOT NULL REFERENCES guest_links (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    is_stopped INTEGER NOT NULL,
    PRIMARY KEY (link, hash)
  ) STRICT;

  CREATE TABLE guest_uploads (
    link TEXT NOT NULL REFERENCES guest_links (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    length INTEGER NOT NULL,
    synced INTEGER NOT NULL,
    path TEXT,
    PRIMARY KEY (link, hash)
  ) STRICT;
  `,
  SEND_TABLES,
];
