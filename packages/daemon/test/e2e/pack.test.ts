// Packs the packages, installs the tarballs into an empty folder, and runs the command there.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { publint } from 'publint';
import { openRunningClient } from '../../src/remote/running-client.ts';
import { Place } from './command.ts';
import { installPacked, npm, pack, PACKED, ROOT, run } from './packed.ts';

describe('packages that are packed and installed', () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'coequal-pack-'));
  let checkout: string;
  let installed: string;
  let tarballs: readonly string[];

  before(() => {
    ({ checkout, installed, tarballs } = installPacked(folder));
  });

  after(() => rmSync(folder, { recursive: true }));

  test('hold compiled files, their types and the licence, and no sources', () => {
    for (const tarball of tarballs) {
      const paths = run('tar', ['--list', '--file', tarball], folder).trimEnd().split('\n');
      assert.ok(paths.includes('package/dist/index.js'), tarball);
      assert.ok(paths.includes('package/dist/index.d.ts'), tarball);
      assert.ok(paths.includes('package/LICENSE'), tarball);
      assert.deepEqual(
        paths.filter((path) => /\/(src|test)\/|(?<!\.d)\.ts$|tsbuildinfo/.test(path)),
        [],
      );
    }
  });

  test('leave the manifests of the checkout as they were', () => {
    for (const name of PACKED) {
      const path = join('packages', name, 'package.json');
      assert.equal(
        readFileSync(join(checkout, path), 'utf8'),
        readFileSync(join(ROOT, path), 'utf8'),
      );
      assert.ok(!existsSync(join(checkout, 'packages', name, 'package.json.packing')));
    }
  });

  test('hold the command with all that it needs, and the licences of what is not ours', () => {
    const folder = join(installed, 'node_modules/coequal');
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dependencies: Readonly<Record<string, string>>; // our own file
    };
    // those with native code, or that ask for some
    assert.deepEqual(Object.keys(dependencies).toSorted(), [
      '@hyperswarm/secret-stream',
      'blind-relay',
      'hyperdht',
    ]);
    const notices = readFileSync(join(folder, 'dist/command/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'cli-progress']) {
      assert.match(notices, new RegExp(`^${name}\n\n.*MIT`, 'm'));
    }
  });

  test('satisfy publint', async () => {
    for (const path of tarballs) {
      const tarball = Uint8Array.from(readFileSync(path)).buffer;
      const { messages } = await publint({ pack: { tarball }, strict: true });
      assert.deepEqual(messages, [], path);
    }
  });

  test('run the command on Node 24', () => {
    const { version } = JSON.parse(
      readFileSync(join(ROOT, 'packages/daemon/package.json'), 'utf8'),
    ) as { version: string }; // our own file
    const command = join(installed, 'node_modules/.bin/coequal');
    assert.ok(run(command, ['--version'], installed).includes(version));
  });

  test('fetch with the installed command from the installed command', async () => {
    await using place = await Place.make(join(installed, 'node_modules/coequal/bin/coequal.js'));
    const bytes = await place.write('out/film.bin', 2_000_000);
    const made = await place.run('create', 'out/film.bin', '--json');
    assert.equal(made.code, 0, made.stderr);
    await using seed = await place.seed('film.bin.torrent', 'out/film.bin');
    const network = ['--offline', '--no-trackers', '--peer', seed.peer];
    const got = await place.run('get', 'film.bin.torrent', '-o', 'in', '--json', ...network);
    assert.equal(got.code, 0, got.stdout + got.stderr);
    assert.deepEqual(await place.read('in/film.bin'), bytes);
  });

  test('be in touch with people by the installed command', async () => {
    await using place = await Place.make(join(installed, 'node_modules/coequal/bin/coequal.js'));
    await using up = place.start('up', '--no-open', '--offline', '--json');
    await up.event('ready');
    const client = openRunningClient(place.at('home'));
    await client.call('createIdentity', { body: { deviceName: 'Laptop' } });
    await client.call('changeProfile', { body: { name: 'Anna' } });
    const { link } = await client.call('createInvitation', { body: {} });
    assert.match(link ?? '', /^coequal:invite\//);
  });

  test('can be imported', () => {
    for (const name of ['@coequal/base', '@coequal/base/node', '@coequal/bittorrent', 'coequal']) {
      const script = `console.log(import.meta.resolve('${name}')); await import('${name}');`;
      const flags = ['--input-type=module', '--eval', script];
      assert.match(run(process.execPath, flags, installed), /\/dist\/.*\.js\n$/);
    }
  });

  test('are packed again after a pack that was killed', () => {
    const base = join(checkout, 'packages/base');
    const manifest = readFileSync(join(base, 'package.json'), 'utf8');
    npm(['run', 'prepack'], base);
    assert.notEqual(readFileSync(join(base, 'package.json'), 'utf8'), manifest);

    pack(base, folder); // as if the first had been killed before it could restore
    assert.equal(readFileSync(join(base, 'package.json'), 'utf8'), manifest);
    assert.deepEqual(
      readdirSync(base).filter((name) => /packing|LICENSE/.test(name)),
      [],
    );
  });
});
