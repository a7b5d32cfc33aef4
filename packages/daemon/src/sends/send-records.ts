/** What is kept of sends and of the inbox between runs. What a method wrote is on disk when it returns. */
import type { DeviceKey } from '@coequal/base';
import type { Explanation, FileWarning, Offer, Send, SendReceiver } from '@coequal/contract';
import type { Found } from './examine-content.ts';
import type { Row, Store } from '../store/store.ts';

export interface ReceiverRecord {
  readonly person: string;
  readonly name: string;
  readonly state: SendReceiver['state'];
  /** The one that took it. */
  readonly device: DeviceKey | undefined;
  readonly have: number;
  readonly since: number;
}

export interface SendRecord {
  readonly id: string;
  readonly name: string;
  readonly paths: readonly string[];
  readonly note: string;
  readonly state: Send['state'];
  readonly problem: Explanation | undefined;
  readonly ticket: Uint8Array;
  readonly length: number;
  readonly fileCount: number;
  readonly kinds: readonly number[];
  readonly metainfoLength: number;
  readonly metainfoHash: string;
  readonly fingerprint: string;
  readonly createdAt: number;
  readonly endedAt: number | undefined;
  readonly receivers: readonly ReceiverRecord[];
  /** In whose inbox it lies, and whose they are. */
  readonly offeredTo: ReadonlyMap<DeviceKey, string>;
}

export interface WarningCount {
  readonly warning: FileWarning;
  readonly files: number;
}

export interface OfferRecord {
  readonly id: string;
  readonly device: DeviceKey;
  readonly person: string;
  readonly personName: string;
  readonly sentId: string;
  readonly name: string;
  readonly note: string;
  readonly length: number;
  readonly fileCount: number;
  readonly kinds: readonly number[];
  readonly metainfoLength: number;
  readonly metainfoHash: string;
  readonly hasMetainfo: boolean;
  readonly state: Offer['state'];
  readonly problem: Explanation | undefined;
  readonly warnings: readonly WarningCount[];
  /** What content showed that names do not. */
  readonly found: readonly Found[];
  readonly directory: string | undefined;
  readonly isReleased: boolean;
  readonly path: string | undefined;
  readonly ticket: Uint8Array | undefined;
  readonly devices: readonly DeviceKey[];
  readonly have: number;
  readonly receivers: number;
  readonly receiversDone: number;
  readonly isTold: boolean;
  readonly receivedAt: number;
  readonly answeredAt: number | undefined;
  readonly completedAt: number | undefined;
}

export interface RuleRecord {
  readonly person: string;
  readonly sizeMax: number;
  readonly directory: string | undefined;
}

const SEND_COLUMNS =
  'id, name, paths, note, state, problem, ticket, length, file_count, kinds, metainfo_hash, fingerprint, created_at, ended_at';
const OFFER_COLUMNS =
  'id, device, person, person_name, sent_id, name, note, length, file_count, kinds, metainfo_length, metainfo_hash, ' +
  'state, problem, warnings, disguised, directory, is_released, path, ticket, devices, have, receivers, ' +
  'receivers_done, is_told, received_at, answered_at, completed_at';

export class SendRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The newest first. */
  sends(): SendRecord[] {
    return this.#store
      .all(
        `SELECT ${SEND_COLUMNS}, length(metainfo) AS metainfo_length FROM sends ORDER BY created_at DESC, id`,
      )
      .map((row) => this.#parseSend(row));
  }

  putSend(send: SendRecord, metainfo?: Uint8Array): void {
    this.#store.transaction(() => {
      this.#store.run(upsert('sends', SEND_COLUMNS), ...sendValues(send));
      if (metainfo !== undefined)
        this.#store.run('UPDATE sends SET metainfo = ? WHERE id = ?', metainfo, send.id);
      this.#store.run('DELETE FROM send_receivers WHERE send_id = ?', send.id);
      for (const { person, name, state, device, have, since } of send.receivers)
        this.#store.run(
          'INSERT INTO send_receivers (send_id, person, name, state, device, have, since) VALUES (?, ?, ?, ?, ?, ?, ?)',
          send.id,
          person,
          name,
          state,
          device ?? null,
          have,
          since,
        );
      this.#store.run('DELETE FROM send_devices WHERE send_id = ?', send.id);
      for (const [device, person] of send.offeredTo)
        this.#store.run(
          'INSERT INTO send_devices (send_id, device, person) VALUES (?, ?, ?)',
          send.id,
          device,
          person,
        );
    });
  }

  sendMetainfo(id: string): Uint8Array | undefined {
    return bytesOf(this.#store.get('SELECT metainfo FROM sends WHERE id = ?', id)?.['metainfo']);
  }

  deleteSend(id: string): void {
    this.#store.run('DELETE FROM sends WHERE id = ?', id);
  }

  /** The newest first. */
  offers(): OfferRecord[] {
    return this.#store
      .all(
        `SELECT ${OFFER_COLUMNS}, metainfo IS NOT NULL AS has_metainfo FROM offers ORDER BY received_at DESC, id`,
      )
      .map(parseOffer);
  }

  putOffer(offer: OfferRecord, metainfo?: Uint8Array): void {
    this.#store.transaction(() => {
      this.#store.run(upsert('offers', OFFER_COLUMNS), ...offerValues(offer));
      if (metainfo !== undefined)
        this.#store.run('UPDATE offers SET metainfo = ? WHERE id = ?', metainfo, offer.id);
    });
  }

  offerMetainfo(id: string): Uint8Array | undefined {
    return bytesOf(this.#store.get('SELECT metainfo FROM offers WHERE id = ?', id)?.['metainfo']);
  }

  deleteOffer(id: string): void {
    this.#store.run('DELETE FROM offers WHERE id = ?', id);
  }

  rules(): RuleRecord[] {
    return this.#store
      .all('SELECT person, size_max, directory FROM inbox_rules ORDER BY person')
      .map((row) => ({
        person: String(row['person']),
        sizeMax: Number(row['size_max']),
        directory: textOf(row['directory']),
      }));
  }

  putRule({ person, sizeMax, directory }: RuleRecord): void {
    this.#store.run(
      upsert('inbox_rules', 'person, size_max, directory'),
      person,
      sizeMax,
      directory ?? null,
    );
  }

  deleteRule(person: string): void {
    this.#store.run('DELETE FROM inbox_rules WHERE person = ?', person);
  }

  #parseSend(row: Row): SendRecord {
    const id = String(row['id']);
    const receivers = this.#store
      .all('SELECT * FROM send_receivers WHERE send_id = ? ORDER BY person', id)
      .map((each) => ({
        person: String(each['person']),
        name: String(each['name']),
        state: each['state'] as ReceiverRecord['state'],
        device: textOf(each['device']) as DeviceKey | undefined,
        have: Number(each['have']),
        since: Number(each['since']),
      }));
    const devices = this.#store.all(
      'SELECT device, person FROM send_devices WHERE send_id = ?',
      id,
    );
    return {
      id,
      name: String(row['name']),
      paths: json(row['paths']) as string[],
      note: String(row['note']),
      state: row['state'] as SendRecord['state'],
      problem: json(row['problem']) as Explanation | undefined,
      ticket: bytesOf(row['ticket']) ?? new Uint8Array(),
      length: Number(row['length']),
      fileCount: Number(row['file_count']),
      kinds: json(row['kinds']) as number[],
      metainfoLength: Number(row['metainfo_length'] ?? 0),
      metainfoHash: String(row['metainfo_hash']),
      fingerprint: String(row['fingerprint']),
      createdAt: Number(row['created_at']),
      endedAt: numberOf(row['ended_at']),
      receivers,
      offeredTo: new Map(
        devices.map((each) => [String(each['device']) as DeviceKey, String(each['person'])]),
      ),
    };
  }
}

type Value = string | number | Uint8Array | null;

function sendValues(send: SendRecord): Value[] {
  const { id, name, paths, note, state, problem, ticket, length, fileCount, kinds } = send;
  const { metainfoHash, fingerprint, createdAt, endedAt } = send;
  return [
    id,
    name,
    JSON.stringify(paths),
    note,
    state,
    textOrNull(problem),
    ticket,
    length,
    fileCount,
    JSON.stringify(kinds),
    metainfoHash,
    fingerprint,
    createdAt,
    endedAt ?? null,
  ];
}

function offerValues(offer: OfferRecord): Value[] {
  return [
    offer.id,
    offer.device,
    offer.person,
    offer.personName,
    offer.sentId,
    offer.name,
    offer.note,
    offer.length,
    offer.fileCount,
    JSON.stringify(offer.kinds),
    offer.metainfoLength,
    offer.metainfoHash,
    offer.state,
    textOrNull(offer.problem),
    JSON.stringify(offer.warnings),
    JSON.stringify(offer.found),
    offer.directory ?? null,
    offer.isReleased ? 1 : 0,
    offer.path ?? null,
    offer.ticket ?? null,
    JSON.stringify(offer.devices),
    offer.have,
    offer.receivers,
    offer.receiversDone,
    offer.isTold ? 1 : 0,
    offer.receivedAt,
    offer.answeredAt ?? null,
    offer.completedAt ?? null,
  ];
}

/** A number alone: it begins as a program. */
function parseFound(stored: readonly (number | Found)[]): Found[] {
  return stored.map((each): Found => (typeof each === 'number' ? [each, 'DISGUISED'] : each));
}

/** Rows are our own: the tables have types (STRICT), and JSON in them was written by `putOffer`. */
function parseOffer(row: Row): OfferRecord {
  return {
    id: String(row['id']),
    device: String(row['device']) as DeviceKey,
    person: String(row['person']),
    personName: String(row['person_name']),
    sentId: String(row['sent_id']),
    name: String(row['name']),
    note: String(row['note']),
    length: Number(row['length']),
    fileCount: Number(row['file_count']),
    kinds: json(row['kinds']) as number[],
    metainfoLength: Number(row['metainfo_length']),
    metainfoHash: String(row['metainfo_hash']),
    hasMetainfo: row['has_metainfo'] === 1,
    state: row['state'] as OfferRecord['state'],
    problem: json(row['problem']) as Explanation | undefined,
    warnings: json(row['warnings']) as WarningCount[],
    found: parseFound(json(row['disguised']) as (number | Found)[]),
    directory: textOf(row['directory']),
    isReleased: row['is_released'] === 1,
    path: textOf(row['path']),
    ticket: bytesOf(row['ticket']),
    devices: json(row['devices']) as DeviceKey[],
    have: Number(row['have']),
    receivers: Number(row['receivers']),
    receiversDone: Number(row['receivers_done']),
    isTold: row['is_told'] === 1,
    receivedAt: Number(row['received_at']),
    answeredAt: numberOf(row['answered_at']),
    completedAt: numberOf(row['completed_at']),
  };
}

/** The first column names the row. */
function upsert(table: string, columns: string): string {
  const [key = '', ...others] = columns.split(', ');
  const places = ['?', ...others.map(() => '?')].join(', ');
  const changes = others.map((column) => `${column} = excluded.${column}`).join(', ');
  return `INSERT INTO ${table} (${columns}) VALUES (${places}) ON CONFLICT (${key}) DO UPDATE SET ${changes}`;
}

function json(value: unknown): unknown {
  return typeof value === 'string' ? (JSON.parse(value) as unknown) : undefined;
}

function textOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}
