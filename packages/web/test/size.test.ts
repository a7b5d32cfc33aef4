import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
/** What a phone on a slow line waits for: issue of the page. */
const FIRST_LOAD_BYTES_MAX = 300_000;

function compressedLength(path: string): number {
  return gzipSync(readFileSync(new URL(path, DIST))).length;
}

/** The document, what it names, and what that imports before it runs. */
function firstLoad(): Set<string> {
  const found = new Set(['index.html']);
  for (const path of found) {
    const text = readFileSync(new URL(path, DIST), 'utf8');
    const names = path.endsWith('.html')
      ? text.matchAll(/(?:src|href)="\/([^"]+)"/g)
      : path.endsWith('.js')
        ? text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)
        : [];
    for (const [, name] of names) {
      const full = path.startsWith('assets/') ? `assets/${name}` : `${name}`;
      if (existsSync(new URL(full, DIST))) found.add(full);
    }
  }
  return found;
}

test('the first load is below 300 kB, with the graph and the words of the first screen', () => {
  const assets = readdirSync(new URL('assets/', DIST));
  // fetched at once by the first screen, though not before it
  const soon = assets.filter((name) => /^(speed-graph|en)/.test(name));
  assert.ok(soon.some((name) => name.startsWith('speed-graph')));
  const paths = new Set([...firstLoad(), ...soon.map((name) => `assets/${name}`)]);
  assert.ok(paths.size > 4, 'the imports were not found');
  const sum = [...paths].reduce((total, path) => total + compressedLength(path), 0);
  assert.ok(sum < FIRST_LOAD_BYTES_MAX, `${sum} bytes`);
});

test('nothing in the page is from elsewhere, or inline', () => {
  const html = readFileSync(new URL('index.html', DIST), 'utf8');
  assert.doesNotMatch(html, /https?:\/\//);
  assert.doesNotMatch(html, /<style|style=|<script(?![^>]*src=)|\son\w+=/);
});
