// docs/hostile-peers.md names tests that are there, and constants that are in docs/limits.md.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url));
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

const ROW = /^\| ([^|]+) \| [^|]+ \| ([^|]*) ?\| `([^`]+)`: ([^|]+) \|$/;
/** What a test, a scenario of a contract or a row of attacks is called, as a string or a template. */
const NAME = /(?:\b(?:test|it|scenario)\(\s*|\bname: )(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`)/g;

interface Row {
  readonly attack: string;
  readonly constants: readonly string[];
  readonly file: string;
  readonly name: string;
}

const lines = readFileSync(`${DOCS}hostile-peers.md`, 'utf8').split('\n');
const rows: readonly Row[] = lines.flatMap((line) => {
  const [, attack, constants, file, name] = ROW.exec(line) ?? [];
  if (attack === undefined || file === undefined || name === undefined) return [];
  const found = (constants ?? '').matchAll(/`([A-Z_]+)`/g);
  return [{ attack, constants: Array.from(found, ([, each = '']) => each), file, name }];
});

test('every row of docs/hostile-peers.md can be read', () => {
  const tableLines = lines.filter((line) => line.startsWith('| ') && !line.startsWith('| attack '));
  assert.ok(rows.length > 40);
  assert.equal(rows.length, tableLines.length);
});

test('each attack in docs/hostile-peers.md has a test of that name in that file', () => {
  const missing = rows.filter(({ file, name }) => !existsSync(PACKAGES + file) || !has(file, name));
  assert.deepEqual(
    missing.map(({ file, name }) => `${file}: ${name}`),
    [],
  );
});

test('each constant in docs/hostile-peers.md is one of docs/limits.md', () => {
  const limits = readFileSync(`${DOCS}limits.md`, 'utf8');
  const missing = rows.flatMap(({ constants }) =>
    constants.filter((constant) => !limits.includes(`\n| \`${constant}\` |`)),
  );
  assert.deepEqual(missing, []);
});

function has(file: string, name: string): boolean {
  const source = readFileSync(PACKAGES + file, 'utf8');
  for (const [, text, template] of source.matchAll(NAME)) {
    if (text?.replaceAll("\\'", "'") === name) return true;
    if (template !== undefined && matches(template, name)) return true;
  }
  return false;
}

/** What is put into a template may be anything. */
function matches(template: string, name: string): boolean {
  const parts = template.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('.+')}$`).test(name);
}
