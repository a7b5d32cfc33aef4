// Whatever a running peer tells by a code, the page can say in each of its languages.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { API_CODES } from '@coequal/contract';
import { ar } from '../../../web/src/i18n/ar/index.ts';
import { de } from '../../../web/src/i18n/de/index.ts';
import { en } from '../../../web/src/i18n/en/index.ts';
import { DESCRIBED_CODES } from '../../src/cli/faults.ts';
import { JOURNAL_CODES } from '../../src/peer/journal-words.ts';

const CATALOGS = { en, de, ar };
const CODE = /\bcode: '([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;
const LITERAL = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;
const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** They end a command before there is a peer to tell of it, or concern what the command alone does. */
const OF_COMMANDS: ReadonlySet<string> = new Set([
  'TORRENT_FILE_MISSING',
  'TORRENT_FILE_UNREADABLE',
  'TORRENT_FILE_TOO_LONG',
  'NOTHING_SELECTED',
  'TORRENT_PRIVATE',
  'KEY_FILE_BAD',
  'KEY_FILE_FAILED',
  'DHT_OFF',
  'DHT_NO_CONTACTS',
  'DHT_NO_NODES',
  'DHT_CAS_MISMATCH',
  'DHT_OLD_SEQUENCE',
  'DHT_PUT_REFUSED',
  'BAD_MUTABLE_TORRENT',
  'PUBLISH_NEEDS_V1',
  'PUBLISH_INCOMPLETE',
  'WRONG_USE',
  'INPUT_ENDED',
  'NOT_CONFIRMED',
  'PASS_PHRASES_DIFFER',
  'TRANSFER_AMBIGUOUS',
  'DEVICE_AMBIGUOUS',
  'OFFER_AMBIGUOUS',
  'SEND_AMBIGUOUS',
  'IMPORT_NOT_NAMED',
  'HOME_IN_USE',
  'HOME_UNUSABLE',
  'NO_HOME',
  'HOME_NOT_EMPTY',
  'NO_RUNNING_PEER',
  'STATE_TOO_NEW',
  'STATE_UNREADABLE',
  'SECRET_UNREADABLE',
  'CONFIG_UNREADABLE',
  'CONFIG_SYNTAX',
  'CONFIG_VERSION',
  'SETTING_UNKNOWN',
  'BACKUP_UNKNOWN',
  'BACKUP_DAMAGED',
  'SERVICE_BY_HAND',
  'SYSTEMD_FAILED',
]);
/** What programs alone do wrong: the page asks for none of it. */
const OF_PROGRAMS: ReadonlySet<string> = new Set([
  'FORBIDDEN_HOST',
  'FORBIDDEN_ORIGIN',
  'WRONG_TYPE',
  'BAD_BASE64',
  'NOT_SUPPORTED',
  'NO_SUCH_ADDRESS',
]);
/** Of a tracker: the page says so in a clause. */
const OF_TRACKERS: ReadonlySet<string> = new Set(['TRACKER_TIMEOUT']);

/** What the doctor finds, where the peer can be reached, why nothing moves: codes that are written where they are told. */
function findCodesInSources(): string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const said = name.startsWith('peer/') ? LITERAL : CODE;
      return [...readFileSync(join(SOURCES, name), 'utf8').matchAll(said)];
    })
    .map(([, code = '']) => code);
}

const TOLD = new Set([
  ...JOURNAL_CODES,
  ...Object.keys(API_CODES),
  ...DESCRIBED_CODES,
  ...findCodesInSources(),
]);

for (const [language, catalog] of Object.entries(CATALOGS)) {
  void test(`the page can say in ${language} all that a peer tells by a code`, () => {
    const missing = [...TOLD].filter((code) => {
      if (OF_COMMANDS.has(code) || OF_PROGRAMS.has(code)) return false;
      return !Object.hasOwn(catalog, `${OF_TRACKERS.has(code) ? 'problem' : 'reason'}.${code}`);
    });
    assert.deepEqual(missing, []);
  });
}

void test('the codes that the page need not know are codes of now', () => {
  assert.deepEqual(
    [...OF_COMMANDS, ...OF_PROGRAMS, ...OF_TRACKERS].filter((code) => !TOLD.has(code)),
    [],
  );
  assert.ok(findCodesInSources().includes('LAN_GOOD'));
});
