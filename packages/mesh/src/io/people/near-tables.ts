/**
 * By what devices are known in the local network, in `mesh.sqlite`: the own secrets, of which the one with the highest
 * number counts; which of them a contact's device was told; and what contacts' devices told of theirs.
 */
export const NEAR_TABLES = `
  CREATE TABLE near_secrets (
    number INTEGER PRIMARY KEY,
    secret BLOB NOT NULL,
    retired_at INTEGER
  ) STRICT;
  CREATE TABLE near_told (
    device TEXT PRIMARY KEY,
    number INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE near_known (
    device TEXT PRIMARY KEY,
    secret BLOB NOT NULL
  ) STRICT;
`;
