import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { joinPath, LocalFault, parentPath, rootPath } from '../src/index.ts';

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LocalFault && error.code === code;
}

void test('a root is absolute, with slashes and none at the end', () => {
  assert.equal(rootPath('/a/b/'), '/a/b');
  assert.equal(rootPath('/a/b///'), '/a/b');
  assert.equal(rootPath('/'), '/');
  assert.equal(rootPath('C:\\a\\b'), 'C:/a/b');
  assert.equal(rootPath('C:\\'), 'C:/');
  for (const path of ['', 'a', './a', '../a', 'C:a']) {
    assert.throws(() => rootPath(path), hasCode('PATH_NOT_ABSOLUTE'), path);
  }
});

void test('parts are joined by slashes', () => {
  assert.equal(joinPath(rootPath('/a'), 'b', 'c d', '...'), '/a/b/c d/...');
  assert.equal(joinPath(rootPath('/'), 'b'), '/b');
  assert.equal(joinPath(rootPath('/a')), '/a');
});

void test('parts that lead elsewhere are refused', () => {
  for (const part of ['', '.', '..', 'a/b', 'a\\b', '/', '\\', 'a\0', '../a']) {
    assert.throws(
      () => joinPath(rootPath('/a'), 'b', part),
      hasCode('PATH_LEAVES_ROOT'),
      JSON.stringify(part),
    );
  }
});

void test('whatever the parts, the path is below its root', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('..', '.', '', '/', 'x/..', '\\..'));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      try {
        const path = joinPath(rootPath('/r/s'), ...parts);
        assert.equal(posix.normalize(path), path);
        assert.ok(path === '/r/s' || path.startsWith('/r/s/'));
      } catch (error) {
        assert.ok(hasCode('PATH_LEAVES_ROOT')(error));
      }
    }),
  );
});

void test('a path that no system takes is refused', () => {
  const root = rootPath('/a');
  assert.equal(joinPath(root, 'b'.repeat(4_092)).length, 4_095);
  assert.throws(() => joinPath(root, 'b'.repeat(4_093)), hasCode('PATH_TOO_LONG'));
});

void test('the parent of a path is the folder that holds it', () => {
  assert.equal(parentPath(rootPath('/a/b')), '/a');
  assert.equal(parentPath(rootPath('/a')), '/');
  assert.equal(parentPath(rootPath('/')), '/');
  assert.equal(parentPath(rootPath('C:/a')), 'C:/');
});
