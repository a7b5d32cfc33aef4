import assert from 'node:assert/strict';
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { checkLicences, isAllowed } from '../licences.ts';

test('a licence expression is allowed by its parts', () => {
  assert.equal(isAllowed('MIT'), true);
  assert.equal(isAllowed('(MIT OR GPL-3.0)'), true);
  assert.equal(isAllowed('(MIT AND GPL-3.0)'), false);
  assert.equal(isAllowed('AGPL-3.0-only'), false);
  assert.equal(isAllowed('SEE LICENSE IN terms.txt'), false);
  assert.equal(isAllowed(undefined), false);
});

test('a refused licence is found however deep it is, and development is not looked at', () => {
  using root = mkdtempDisposableSync(join(tmpdir(), 'coequal-licences-'));
  const install = (folder: string, manifest: object): void => {
    mkdirSync(join(root.path, folder), { recursive: true });
    writeFileSync(join(root.path, folder, 'package.json'), JSON.stringify(manifest));
  };
  install('packages/ours', {
    name: 'ours',
    version: '1.0.0',
    license: 'MIT',
    dependencies: { direct: '1.0.0' },
    devDependencies: { tool: '1.0.0' },
  });
  install('node_modules/direct', {
    name: 'direct',
    version: '1.0.0',
    license: 'ISC',
    dependencies: { nested: '2.0.0' },
    optionalDependencies: { 'of-another-platform': '1.0.0' },
  });
  install('node_modules/direct/node_modules/nested', {
    name: 'nested',
    version: '2.0.0',
    license: 'GPL-3.0',
  });
  install('node_modules/nested', { name: 'nested', version: '1.0.0', license: 'MIT' });
  install('node_modules/tool', { name: 'tool', version: '1.0.0', license: 'GPL-3.0' });

  const report = checkLicences(root.path);
  assert.deepEqual(report, { count: 3, refused: ['nested@2.0.0: "GPL-3.0"'] });
});

test('a dependency that is not installed is an error', () => {
  using root = mkdtempDisposableSync(join(tmpdir(), 'coequal-licences-'));
  mkdirSync(join(root.path, 'packages/ours'), { recursive: true });
  const manifest = { name: 'ours', license: 'MIT', dependencies: { 'no-such-package': '1.0.0' } };
  writeFileSync(join(root.path, 'packages/ours/package.json'), JSON.stringify(manifest));
  assert.throws(() => checkLicences(root.path), /no-such-package: not installed/);
});
