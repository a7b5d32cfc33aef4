// Holds what each package exports against surface.json, so that a change of it shows in review.
// After an intended change: `node_modules/.bin/node scripts/test/surface.test.ts --update`.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const PACKAGES = new URL('../../packages/', import.meta.url);
const SURFACE = new URL('surface.json', import.meta.url);

/** By module, then by name, the kind of value. Types leave no trace to list. */
type Surface = Record<string, Record<string, string>>;

async function readSurface(): Promise<Surface> {
  const surface: Surface = {};
  for (const folder of readdirSync(PACKAGES).toSorted()) {
    const manifest = JSON.parse(
      readFileSync(new URL(`${folder}/package.json`, PACKAGES), 'utf8'),
    ) as { name: string; exports?: Record<string, string> }; // our own file
    // the page exports nothing
    for (const path of Object.keys(manifest.exports ?? {})) {
      const name = manifest.name + path.slice(1);
      surface[name] = kindsOf((await import(name)) as Record<string, unknown>);
    }
  }
  return surface;
}

function kindsOf(module: Record<string, unknown>): Record<string, string> {
  const names = Object.keys(module).toSorted();
  return Object.fromEntries(names.map((name) => [name, kindOf(module[name])]));
}

function kindOf(value: unknown): string {
  const isClass = typeof value === 'function' && String(value).startsWith('class');
  return isClass ? 'class' : typeof value;
}

if (process.argv.includes('--update')) {
  writeFileSync(SURFACE, `${JSON.stringify(await readSurface(), null, 2)}\n`);
}

test('packages export what surface.json lists, and nothing else', async () => {
  assert.deepEqual(await readSurface(), JSON.parse(readFileSync(SURFACE, 'utf8')));
});
