/** The tables of contacts and invitations in `mesh.sqlite`. Times are milliseconds since 1970; keys are hexadecimal. */
export const PEOPLE_TABLES = `
  CREATE TABLE profile (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL
  ) STRICT;
  CREATE TABLE contacts (
    person TEXT PRIMARY KEY,
    own_name TEXT NOT NULL,
    given_name TEXT,
    note TEXT NOT NULL DEFAULT '',
    trust TEXT NOT NULL DEFAULT 'new',
    verified_at INTEGER,
    since INTEGER NOT NULL,
    last_seen INTEGER,
    is_gone INTEGER NOT NULL DEFAULT 0,
    device_list BLOB NOT NULL,
    problem TEXT
  ) STRICT;
  CREATE TABLE contact_devices (
    device TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES contacts (person) ON DELETE CASCADE,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX contact_devices_by_person ON contact_devices (person);
  CREATE TABLE contact_addresses (
    device TEXT NOT NULL REFERENCES contact_devices (device) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    PRIMARY KEY (device, kind, host, port)
  ) STRICT;
  CREATE TABLE removed_devices (
    device TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    secret BLOB NOT NULL,
    link TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    uses_max INTEGER NOT NULL,
    gift_id TEXT,
    gift_name TEXT,
    gift_size INTEGER,
    is_revoked INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE invitation_uses (
    invitation TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    is_confirmed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (invitation, person)
  ) STRICT;
  CREATE TABLE acceptances (
    id TEXT PRIMARY KEY,
    link TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    person TEXT,
    name TEXT
  ) STRICT;
`;

/** The second form: what own devices share has stamps, and they have addresses. What was set before is later than what was not. */
export const OWN_DEVICE_TABLES = `
  CREATE TABLE stamps (
    subject TEXT NOT NULL,
    part TEXT NOT NULL,
    time INTEGER NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (subject, part)
  ) STRICT;
  INSERT INTO stamps SELECT person, 'details', 1, '0000000000000000' FROM contacts
    WHERE given_name IS NOT NULL OR note <> '';
  INSERT INTO stamps SELECT person, 'trust', 1, '0000000000000000' FROM contacts WHERE trust <> 'new';
  INSERT INTO stamps SELECT person, 'verified', 1, '0000000000000000' FROM contacts
    WHERE verified_at IS NOT NULL;
  INSERT INTO stamps SELECT 'profile', 'name', 1, '0000000000000000' FROM profile;
  CREATE TABLE own_addresses (
    device TEXT NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    PRIMARY KEY (device, kind, host, port)
  ) STRICT;
`;
