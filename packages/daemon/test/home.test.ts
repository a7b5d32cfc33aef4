import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { homeDirectory } from '../src/home.ts';
import { lockNeeds } from '../src/process-lock.ts';
import { VERSION } from '../src/version.ts';

void test('the data directory is the chosen one, else the platform’s', () => {
  const at = (platform: string, environment: Readonly<Record<string, string>> = {}): string =>
    homeDirectory({ platform, environment, userDirectory: '/home/a' });
  assert.equal(at('linux', { COEQUAL_HOME: '/data', XDG_DATA_HOME: '/xdg' }), '/data');
  assert.equal(at('linux', { XDG_DATA_HOME: '/xdg' }), '/xdg/coequal');
  assert.equal(at('linux'), '/home/a/.local/share/coequal');
  assert.equal(at('darwin'), '/home/a/Library/Application Support/Coequal');
  assert.equal(at('win32', { APPDATA: '/app' }), join('/app', 'Coequal'));
});

void test('a process is alive under its own start time alone', async () => {
  const needs = lockNeeds();
  const { owner } = needs;
  assert.equal(owner.pid, process.pid);
  assert.equal(await needs.isAlive(owner), true);
  const isKnown = process.platform === 'linux';
  assert.equal(await needs.isAlive({ ...owner, startedAt: owner.startedAt + 1 }), !isKnown);
  assert.equal(await needs.isAlive({ pid: 2 ** 22 + 1, startedAt: 1 }), false); // beyond Linux's largest
});

void test('the version is that of the package', () => {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  assert(typeof manifest === 'object' && manifest !== null && 'version' in manifest);
  assert.equal(VERSION, manifest.version);
});
