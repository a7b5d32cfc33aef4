import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTING_DEFAULTS } from '@coequal/contract';
import type { ChangeSettings } from '@coequal/contract';
import { SettingsBook, settingsOfEnvironment } from '../../src/config/settings-book.ts';
import type { FixedLayers } from '../../src/config/settings-book.ts';
import { SettingRecords } from '../../src/store/setting-records.ts';
import { openStore } from '../../src/store/store.ts';
import { fault } from '../faults.ts';

interface Opened extends Disposable {
  readonly book: SettingsBook;
  readonly records: SettingRecords;
  readonly changes: string[][];
  reopen(): SettingsBook;
}

function open(layers: Partial<FixedLayers> = {}): Opened {
  const store = openStore(':memory:');
  const records = new SettingRecords(store);
  const changes: string[][] = [];
  const fixed = { flags: {}, environment: {}, configFile: {}, ...layers };
  const make = (): SettingsBook =>
    new SettingsBook('/home/me/Downloads', fixed, records, (keys) => changes.push([...keys]));
  return {
    book: make(),
    records,
    changes,
    reopen: make,
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

void test('flags stand above the environment, that above config.toml, the page, and the defaults', () => {
  using opened = open({
    flags: { uploadMax: 5 },
    environment: { uploadMax: 4, downloadMax: 4 },
    configFile: { uploadMax: 3, downloadMax: 3, listenPort: 3 },
  });
  const { book } = opened;
  book.change({ values: { theme: 'dark' } });
  const { uploadMax, downloadMax, listenPort, theme, usesDht } = book.values;
  assert.deepEqual([uploadMax, downloadMax, listenPort, theme, usesDht], [5, 4, 3, 'dark', true]);
  const { origins, defaults } = book.report;
  assert.equal(origins['uploadMax'], 'flag');
  assert.equal(origins['downloadMax'], 'environment');
  assert.equal(origins['listenPort'], 'config.toml');
  assert.equal(origins['theme'], 'page');
  assert.equal(origins['usesDht'], 'default');
  assert.deepEqual(defaults, { downloadDirectory: '/home/me/Downloads', ...SETTING_DEFAULTS });
  assert.deepEqual(Object.keys(origins), Object.keys(defaults));
});

void test('what stands above the page is locked there, and nothing of such a change is made', () => {
  using opened = open({ flags: { uploadMax: 5 } });
  const change: ChangeSettings = { values: { theme: 'dark', uploadMax: 6 } };
  assert.throws(
    () => opened.book.change(change),
    fault('SETTING_LOCKED', { key: 'uploadMax', origin: 'flag' }),
  );
  assert.equal(opened.book.values.theme, 'system');
  assert.deepEqual(opened.records.all(), {});
  assert.deepEqual(opened.changes, []);
});

void test('settings of the page are kept, can be none, and can be as by default again', () => {
  using opened = open();
  opened.book.change({ values: { scheduleUploadMax: null, theme: 'dark' } });
  assert.equal(opened.reopen().values.scheduleUploadMax, null);
  opened.book.change({ values: {}, reset: ['scheduleUploadMax'] });
  assert.equal(opened.book.values.scheduleUploadMax, SETTING_DEFAULTS.scheduleUploadMax);
  assert.equal(opened.reopen().report.origins['scheduleUploadMax'], 'default');
  assert.equal(opened.reopen().values.theme, 'dark');
  assert.deepEqual(opened.changes, [['scheduleUploadMax', 'theme'], ['scheduleUploadMax']]);
});

void test('a wrong value and an unknown name change nothing', () => {
  using opened = open();
  const wrong = { values: { theme: 'dark', listenPort: -1 } } as ChangeSettings;
  assert.throws(() => opened.book.change(wrong), fault('SETTING_WRONG', { key: 'listenPort' }));
  const unknown = { values: {}, reset: ['theme', '__proto__'] };
  assert.throws(() => opened.book.change(unknown), fault('SETTING_UNKNOWN', { key: '__proto__' }));
  assert.deepEqual(opened.records.all(), {});
});

void test('what an earlier version kept and this one does not know is left out, and not lost', () => {
  using opened = open();
  opened.records.put('colour', 'blue');
  opened.records.put('listenPort', 'any');
  opened.records.put('theme', 'dark');
  const { values } = opened.reopen();
  assert.equal(values.theme, 'dark');
  assert.equal(values.listenPort, 0);
  assert.equal(opened.records.get('colour'), 'blue');
});

void test('the environment names settings in capitals, with values as text or JSON', () => {
  const found = settingsOfEnvironment({
    COEQUAL_UPLOAD_MAX: '1000',
    COEQUAL_SCHEDULE_UPLOAD_MAX: 'null',
    COEQUAL_USES_DHT: 'false',
    COEQUAL_DOWNLOAD_DIRECTORY: '/srv',
    COEQUAL_SCHEDULE_DAYS: '[1]',
    COEQUAL_THEME: '',
    COEQUAL_HOME: '/elsewhere',
    PATH: '/bin',
  });
  assert.deepEqual(found, {
    downloadDirectory: '/srv',
    uploadMax: 1_000,
    scheduleDays: [1],
    scheduleUploadMax: null,
    usesDht: false,
  });
});

void test('a wrong value in the environment is told with its variable', () => {
  assert.throws(
    () => settingsOfEnvironment({ COEQUAL_LISTEN_PORT: 'many' }),
    fault('SETTING_WRONG', {
      key: 'listenPort',
      where: 'the environment variable COEQUAL_LISTEN_PORT',
    }),
  );
});
