/** Who may use the API: keys of other programs, and sessions of browsers. Of secrets only hashes are kept. */
import type { ApiKey, DOORS, Scope } from '@coequal/contract';
import type { Store } from './store.ts';

/** Browsers that are signed in; who signs in one more signs out the one that was away for longest. */
const SESSIONS_MAX = 100;

/** What is kept of a browser besides the hash of its secret. */
export interface SessionOrigin {
  readonly door: (typeof DOORS)[number];
  /** What it said it is. */
  readonly agent: string;
  readonly address: string;
}

export interface SessionRecord extends SessionOrigin {
  readonly hash: Uint8Array;
  readonly createdAt: number;
  readonly usedAt: number;
}

const HERE: SessionOrigin = { door: 'loopback', agent: '', address: '' };

export class AccessRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  keys(): ApiKey[] {
    const rows = this.#store.all(
      'SELECT id, name, scope, created_at, used_at FROM api_keys ORDER BY created_at, id',
    );
    return rows.map((row) => ({
      id: String(row['id']),
      name: String(row['name']),
      scope: row['scope'] as Scope,
      createdAt: Number(row['created_at']),
      ...(row['used_at'] !== null && { usedAt: Number(row['used_at']) }),
    }));
  }

  addKey({ id, name, scope, createdAt }: ApiKey, secretHash: Uint8Array): void {
    this.#store.run(
      'INSERT INTO api_keys (id, name, scope, secret_hash, created_at) VALUES (?, ?, ?, ?, ?)',
      id,
      name,
      scope,
      secretHash,
      createdAt,
    );
  }

  /** The hash of its secret; undefined: there is none of that id. */
  deleteKey(id: string): Uint8Array | undefined {
    const row = this.#store.get('DELETE FROM api_keys WHERE id = ? RETURNING secret_hash', id);
    const hash = row?.['secret_hash'];
    return hash instanceof Uint8Array ? hash : undefined;
  }

  /** The scope of the key with this secret, which counts as used. */
  useKey(secretHash: Uint8Array, now: number): Scope | undefined {
    const row = this.#store.get(
      'SELECT id, scope, used_at FROM api_keys WHERE secret_hash = ?',
      secretHash,
    );
    if (row === undefined) return undefined;
    if (isStale(row['used_at'], now))
      this.#store.run('UPDATE api_keys SET used_at = ? WHERE id = ?', now, String(row['id']));
    return row['scope'] as Scope;
  }

  /** Those that were used last come first. */
  sessions(): SessionRecord[] {
    return this.#store
      .all('SELECT * FROM sessions ORDER BY used_at DESC, created_at DESC')
      .flatMap((row) => {
        const hash = row['secret_hash'];
        if (!(hash instanceof Uint8Array)) return [];
        return {
          hash,
          door: row['door'] as SessionOrigin['door'],
          agent: String(row['agent']),
          address: String(row['address']),
          createdAt: Number(row['created_at']),
          usedAt: Number(row['used_at']),
        };
      });
  }

  addSession(
    secretHash: Uint8Array,
    now: number,
    { door, agent, address }: SessionOrigin = HERE,
  ): void {
    this.#store.transaction(() => {
      this.#store.run(
        `INSERT INTO sessions (secret_hash, created_at, used_at, door, agent, address)
           VALUES (?, ?, ?, ?, ?, ?)`,
        secretHash,
        now,
        now,
        door,
        agent,
        address,
      );
      this.#store.run(
        `DELETE FROM sessions WHERE secret_hash NOT IN
           (SELECT secret_hash FROM sessions ORDER BY used_at DESC, rowid DESC LIMIT ?)`,
        SESSIONS_MAX,
      );
    });
  }

  /** Whether there is one of this door that was used after `oldest`; it counts as used. */
  useSession(
    secretHash: Uint8Array,
    now: number,
    oldest: number,
    door: SessionOrigin['door'] = HERE.door,
  ): boolean {
    const row = this.#store.get(
      'SELECT used_at FROM sessions WHERE secret_hash = ? AND used_at > ? AND door = ?',
      secretHash,
      oldest,
      door,
    );
    if (row === undefined) return false;
    if (isStale(row['used_at'], now))
      this.#store.run('UPDATE sessions SET used_at = ? WHERE secret_hash = ?', now, secretHash);
    return true;
  }

  deleteSession(secretHash: Uint8Array): void {
    this.#store.run('DELETE FROM sessions WHERE secret_hash = ?', secretHash);
  }

  deleteSessionsBefore(oldest: number): void {
    this.#store.run('DELETE FROM sessions WHERE used_at <= ?', oldest);
  }
}

/** When something was used is written once an hour: a page asks all the time. */
const USE_NOTED_MS = 3_600_000;

function isStale(usedAt: unknown, now: number): boolean {
  return typeof usedAt !== 'number' || now - usedAt > USE_NOTED_MS;
}
