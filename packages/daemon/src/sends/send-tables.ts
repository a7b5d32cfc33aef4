/** Tables of `daemon.sqlite` for what is handed over: a step of its migrations, never changed once it was released. */
export const SEND_TABLES = `
  -- what this peer hands to others
  CREATE TABLE sends (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    paths TEXT NOT NULL, -- JSON
    note TEXT NOT NULL,
    state TEXT NOT NULL, -- SEND_STATES of the contract
    problem TEXT, -- JSON
    ticket BLOB NOT NULL,
    length INTEGER NOT NULL,
    file_count INTEGER NOT NULL,
    kinds TEXT NOT NULL, -- JSON
    metainfo BLOB,
    metainfo_hash TEXT NOT NULL,
    -- of the files when their hashes were made
    fingerprint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;

  CREATE TABLE send_receivers (
    send_id TEXT NOT NULL REFERENCES sends (id) ON DELETE CASCADE,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL, -- RECEIVER_STATES of the contract
    -- the one that took it
    device TEXT,
    have INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (send_id, person)
  ) STRICT;

  -- devices in whose inbox it lies, and which are to be told how it ended
  CREATE TABLE send_devices (
    send_id TEXT NOT NULL REFERENCES sends (id) ON DELETE CASCADE,
    device TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (send_id, device)
  ) STRICT;

  -- what others hand to this peer
  CREATE TABLE offers (
    id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    person TEXT NOT NULL,
    person_name TEXT NOT NULL,
    -- as the sender names it
    sent_id TEXT NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    length INTEGER NOT NULL,
    file_count INTEGER NOT NULL,
    kinds TEXT NOT NULL, -- JSON
    metainfo_length INTEGER NOT NULL,
    metainfo_hash TEXT NOT NULL,
    metainfo BLOB,
    state TEXT NOT NULL, -- OFFER_STATES of the contract
    problem TEXT, -- JSON
    warnings TEXT NOT NULL, -- JSON: each with its count
    disguised TEXT NOT NULL, -- JSON: what the content of files shows: their indexes, with a warning
    directory TEXT,
    -- what is fetched goes there by itself, or a person said so: 1
    is_released INTEGER NOT NULL,
    path TEXT,
    ticket BLOB,
    devices TEXT NOT NULL, -- JSON: others in the swarm
    have INTEGER NOT NULL,
    receivers INTEGER NOT NULL,
    receivers_done INTEGER NOT NULL,
    -- the sender has heard our last word
    is_told INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    answered_at INTEGER,
    completed_at INTEGER,
    UNIQUE (device, sent_id)
  ) STRICT;

  CREATE TABLE inbox_rules (
    person TEXT PRIMARY KEY,
    size_max INTEGER NOT NULL,
    directory TEXT
  ) STRICT;
`;
