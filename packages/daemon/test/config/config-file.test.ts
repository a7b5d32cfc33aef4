import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { readConfigFile } from '../../src/config/config-file.ts';
import { fault } from '../faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';

function reading(text: string): () => object {
  return () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at('config.toml'), text);
    return readConfigFile(folder.at('config.toml'));
  };
}

/** The fault's `where` ends so, and names the file. */
function at(end: string) {
  return (error: unknown): boolean => {
    const { where } = (error as { details: { where: string } }).details;
    assert.ok(where.endsWith(`config.toml${end}`), where);
    return true;
  };
}

function refuses(text: string, code: string, end: string, details: object = {}): void {
  assert.throws(reading(text), fault(code, details));
  assert.throws(reading(text), at(end));
}

void test('no file is no setting', () => {
  using folder = temporaryFolder();
  assert.deepEqual(readConfigFile(folder.at('config.toml')), {});
});

void test('a file gives its settings, of every type', () => {
  const text = `# mine
version = 1
downloadDirectory = "/srv/files"
uploadMax = 1_000_000
usesDht = false
scheduleDays = [0, 6]
ratioGoal = 1.5`;
  assert.deepEqual(reading(text)(), {
    downloadDirectory: '/srv/files',
    uploadMax: 1_000_000,
    usesDht: false,
    scheduleDays: [0, 6],
    ratioGoal: 1.5,
  });
});

void test('what is no TOML is told with its line', () => {
  refuses('version = 1\nuploadMax = = 3\n', 'CONFIG_SYNTAX', ', line 2');
});

void test('a key that is no setting is told with its line, also when another begins like it', () => {
  refuses('version = 1\nuploadMax = 1\nuploadMaximum = 1\n', 'SETTING_UNKNOWN', ', line 3', {
    key: 'uploadMaximum',
  });
  refuses('version = 1\n"uploadMaximum" = 1\nupload = 1', 'SETTING_UNKNOWN', ', line 2');
  refuses('version = 1\n# upload = 1\n[upload]\nmax = 1', 'SETTING_UNKNOWN', ', line 3');
  refuses('version = 1\n__proto__ = 1', 'SETTING_UNKNOWN', ', line 2');
});

void test('a value of the wrong type, and one out of range, are told with line, key and what is wanted', () => {
  refuses('version = 1\n\nuploadMax = "fast"', 'SETTING_WRONG', ', line 3', { key: 'uploadMax' });
  refuses('version = 1\nlistenPort = 70000', 'SETTING_WRONG', ', line 2', { key: 'listenPort' });
  refuses('version = 1\nlistenPort = 1999-01-01', 'SETTING_WRONG', ', line 2');
});

void test('a folder is named from the root', () => {
  refuses('version = 1\ndownloadDirectory = "files"', 'SETTING_WRONG', ', line 2', {
    problem: 'must be an absolute path',
  });
});

void test('a file without its version, or of another one, is refused', () => {
  refuses('uploadMax = 1', 'CONFIG_VERSION', '');
  refuses('uploadMax = 1\nversion = 2', 'CONFIG_VERSION', ', line 2', { wanted: 1 });
});

void test('what cannot be read is told with the reason', () => {
  using folder = temporaryFolder();
  mkdirSync(folder.at('config.toml'));
  const path = folder.at('config.toml');
  assert.throws(() => readConfigFile(path), fault('CONFIG_UNREADABLE', { path, errno: 'EISDIR' }));
});
